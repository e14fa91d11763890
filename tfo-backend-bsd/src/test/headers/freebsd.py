"""The probes of FreeBSD's headers. .ci/headers explains the fields and the names used here."""

SYSTEM = {
    "targets": {"x86_64": "x86_64-freebsd", "aarch64": "aarch64-freebsd"},
    "includes": """sys/types.h sys/socket.h netinet/in.h netinet/tcp.h netinet/tcp_var.h
    sys/errno.h stddef.h""".split(),
    "probes": SOCKET_ADDRESS
    + LENGTH_BYTE
    + BSD_SIZES
    + same("netinet/in.h", "IPPROTO_TCP")
    + same("netinet/tcp.h", "TCP_FASTOPEN", "TCP_INFO", "TCPI_OPT_TFO")
    + [("SIZEOF_TCP_INFO", "netinet/tcp.h", "sizeof(struct tcp_info)")]
    + at("netinet/tcp.h", "struct tcp_info", TCPI_STATE="tcpi_state", TCPI_OPTIONS="tcpi_options")
    + same("netinet/tcp_var.h", "TF_FASTOPEN")
    + same("sys/socket.h", "MSG_DONTWAIT", "MSG_NOSIGNAL")
    + BSD_ERRNO,
    "private": [],
}
