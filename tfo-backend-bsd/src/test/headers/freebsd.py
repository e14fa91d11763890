"""The probes of FreeBSD's headers. .ci/headers explains the fields and the names used here."""

SYSTEM = {
    "targets": {"x86_64": "x86_64-freebsd", "aarch64": "aarch64-freebsd"},
    "includes": """sys/types.h sys/socket.h netinet/in.h netinet/tcp.h netinet/tcp_var.h
    sys/errno.h stddef.h""".split(),
    "probes": SOCKET_ADDRESS
    + LENGTH_BYTE
    + BSD_SIZES
    + same("netinet/in.h", "IPPROTO_TCP")
    + same("netinet/tcp.h", "TCP_FASTOPEN", "TCPI_OPT_TFO")
    + same("netinet/tcp_var.h", "TF_FASTOPEN")
    + same("sys/socket.h", "MSG_DONTWAIT", "MSG_NOSIGNAL")
    + BSD_ERRNO,
    "private": [],
}
