"""The probes of macOS' headers. .ci/headers explains the fields and the names used here."""

SYSTEM = {
    "targets": {"x86_64": "x86_64-macos", "aarch64": "aarch64-macos"},
    "includes": """sys/types.h sys/socket.h sys/uio.h netinet/in.h netinet/tcp.h sys/errno.h
    stddef.h""".split(),
    "probes": SOCKET_ADDRESS
    + LENGTH_BYTE
    + BSD_SIZES
    + same("netinet/in.h", "IPPROTO_TCP")
    + same("netinet/tcp.h", "TCP_MAXSEG", "TCP_FASTOPEN", "TCP_CONNECTION_INFO")
    + at("netinet/tcp.h", "struct tcp_connection_info", TCPI_STATE="tcpi_state")
    + same(
        "sys/socket.h",
        *"""CONNECT_RESUME_ON_READ_WRITE CONNECT_DATA_IDEMPOTENT CONNECT_DATA_AUTHENTICATED
        SAE_ASSOCID_ANY MSG_PEEK MSG_DONTWAIT MSG_NOSIGNAL""".split(),
    )
    + [
        ("SIZEOF_SA_ENDPOINTS", "sys/socket.h", "sizeof(sa_endpoints_t)"),
        ("SIZEOF_IOVEC", "sys/uio.h", "sizeof(struct iovec)"),
        (
            "SIZEOF_TCP_CONNECTION_INFO",
            "netinet/tcp.h",
            "sizeof(struct tcp_connection_info)",
        ),
    ]
    + at("sys/uio.h", "struct iovec", IOV_BASE="iov_base", IOV_LEN="iov_len")
    + at(
        "sys/socket.h",
        "sa_endpoints_t",
        SAE_SRCIF="sae_srcif",
        SAE_SRCADDR="sae_srcaddr",
        SAE_SRCADDRLEN="sae_srcaddrlen",
        SAE_DSTADDR="sae_dstaddr",
        SAE_DSTADDRLEN="sae_dstaddrlen",
    )
    + BSD_ERRNO
    + same("sys/errno.h", "ENODATA"),
    "bits": {
        "header": "netinet/tcp.h",
        "struct": "struct tcp_connection_info",
        "word": "TCPI_TFO",
        "fields": """cookie_req cookie_rcv syn_loss syn_data_sent syn_data_acked syn_data_rcv
        cookie_req_rcv cookie_sent cookie_invalid cookie_wrong no_cookie_rcv heuristics_disable
        send_blackhole recv_blackhole onebyte_proxy""".split(),
        "prefix": "tcpi_tfo_",
    },
    "private": [
        ("TCPS_ESTABLISHED", "netinet/tcp_fsm.h", 4),
        ("TCP_FASTOPEN_SERVER", "netinet/tcp_var.h", 1),
        ("TCP_FASTOPEN_CLIENT", "netinet/tcp_var.h", 2),
    ],
}
