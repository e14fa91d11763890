package io.tfo.backend.darwin;

/** Numbers and layouts of macOS 10.11 to 15, the same on arm64 and x86_64. */
final class DarwinAbi {
  // sys/socket.h, netinet/in.h, netinet/tcp.h
  static final int AF_INET6 = 30;
  static final int TCP_MAXSEG = 2;
  static final int TCP_FASTOPEN = 0x105;
  static final int TCP_CONNECTION_INFO = 0x106;
  static final int CONNECT_RESUME_ON_READ_WRITE = 1;
  static final int CONNECT_DATA_IDEMPOTENT = 2;
  static final int CONNECT_DATA_AUTHENTICATED = 4;
  static final int SAE_ASSOCID_ANY = 0;
  static final int MSG_PEEK = 2;
  static final int MSG_NOSIGNAL = 0x80000;

  // sys/socket.h: sa_endpoints_t, 64 bits
  static final int SIZEOF_SA_ENDPOINTS = 40;
  static final int SAE_SRCIF = 0;
  static final int SAE_SRCADDR = 8;
  static final int SAE_SRCADDRLEN = 16;
  static final int SAE_DSTADDR = 24;
  static final int SAE_DSTADDRLEN = 32;

  // sys/uio.h: struct iovec, 64 bits
  static final int IOV_BASE = 0;
  static final int IOV_LEN = 8;
  static final int SIZEOF_IOVEC = 16;

  // netinet/tcp.h: struct tcp_connection_info; bits of the word that begins at TCPI_TFO
  static final int SIZEOF_TCP_CONNECTION_INFO = 112;
  static final int TCPI_STATE = 0;
  static final int TCPI_TFO = 52;
  static final int TCPI_TFO_COOKIE_REQ = 1;
  static final int TCPI_TFO_SYN_LOSS = 1 << 2;
  static final int TCPI_TFO_SYN_DATA_SENT = 1 << 3;
  static final int TCPI_TFO_SYN_DATA_ACKED = 1 << 4;
  static final int TCPI_TFO_SYN_DATA_RCV = 1 << 5;
  static final int TCPI_TFO_HEURISTICS_DISABLE = 1 << 11;

  // sys/errno.h
  static final int ENOTSUP = 45;
  static final int ENOSYS = 78;
  static final int ENODATA = 96;
  static final int EOPNOTSUPP = 102;

  private DarwinAbi() {}
}
