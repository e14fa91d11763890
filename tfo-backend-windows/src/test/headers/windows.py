"""The probes of Windows' headers. .ci/headers explains the fields and the names used here."""

SYSTEM = {
    "targets": {
        "x86_64": "x86_64-windows-gnu",
        "aarch64": "aarch64-windows-gnu",
        "x86": "x86-windows-gnu",
    },
    "includes": "winsock2.h ws2tcpip.h ws2ipdef.h mswsock.h mstcpip.h windows.h stddef.h".split(),
    "probes": [
        (name, header.replace("netinet/in.h", "ws2def.h").replace("sys/socket.h", "ws2def.h"), e)
        for name, header, e in SOCKET_ADDRESS
    ]
    + same("ws2def.h", "IPPROTO_TCP", "SOCK_STREAM", "SOL_SOCKET", "SO_ERROR")
    + same("ws2ipdef.h", "TCP_FASTOPEN")
    + same(
        "mswsock.h",
        "SO_UPDATE_CONNECT_CONTEXT",
        "SO_UPDATE_ACCEPT_CONTEXT",
        "SO_CONNECT_TIME",
        "SIO_GET_EXTENSION_FUNCTION_POINTER",
    )
    + same("mstcpip.h", "SIO_TCP_INITIAL_RTO")
    + same(
        "winsock2.h",
        "WSA_FLAG_OVERLAPPED",
        *"""WSAEINTR WSAEACCES WSAEFAULT WSAEINVAL WSAEMFILE WSAEWOULDBLOCK WSAEINPROGRESS WSAEALREADY WSAENOTSOCK WSAEMSGSIZE WSAEPROTOTYPE
        WSAENOPROTOOPT WSAEOPNOTSUPP WSAEAFNOSUPPORT WSAEADDRINUSE WSAEADDRNOTAVAIL WSAENETDOWN WSAENETUNREACH
        WSAENETRESET WSAECONNABORTED WSAECONNRESET WSAENOBUFS WSAEISCONN WSAENOTCONN WSAESHUTDOWN WSAETIMEDOUT
        WSAECONNREFUSED WSAEHOSTDOWN WSAEHOSTUNREACH""".split(),
    )
    + same(
        "winerror.h",
        *"""WSA_IO_PENDING WSA_IO_INCOMPLETE WSA_OPERATION_ABORTED ERROR_IO_PENDING
        ERROR_IO_INCOMPLETE ERROR_OPERATION_ABORTED ERROR_NOT_FOUND ERROR_CONNECTION_REFUSED
        ERROR_SEM_TIMEOUT WAIT_TIMEOUT ERROR_NETWORK_UNREACHABLE ERROR_HOST_UNREACHABLE
        ERROR_INVALID_PARAMETER ERROR_INVALID_HANDLE ERROR_ABANDONED_WAIT_0""".split(),
    )
    + same("winbase.h", "INFINITE")
    + [
        ("INVALID_HANDLE_VALUE", "handleapi.h", "(LONG_PTR)INVALID_HANDLE_VALUE"),
        ("SIZEOF_OVERLAPPED", "minwinbase.h", "sizeof(OVERLAPPED)"),
        ("SIZEOF_SOCKET", "winsock2.h", "sizeof(SOCKET)"),
    ]
    + at(
        "minwinbase.h",
        "OVERLAPPED",
        OVERLAPPED_INTERNAL="Internal",
        OVERLAPPED_INTERNAL_HIGH="InternalHigh",
        OVERLAPPED_OFFSET="Offset",
        OVERLAPPED_OFFSET_HIGH="OffsetHigh",
        OVERLAPPED_EVENT="hEvent",
    ),
    "guids": [("WSAID_CONNECTEX", "mswsock.h")],
    "private": [
        # mingw-w64 has none of its own: Windows SDK, ws2def.h, Windows 10 1607.
        ("SO_REUSE_UNICASTPORT", "ws2def.h of the Windows SDK", 0x3007),
    ],
}
