package io.tfo.backend.bsd;

/** Numbers of FreeBSD 12 to 15, the same on every architecture. */
final class FreeBsdAbi {
  // sys/socket.h, netinet/in.h, netinet/tcp.h
  static final int AF_INET6 = 28;
  static final int TCP_FASTOPEN = 1025;
  static final int MSG_NOSIGNAL = 0x20000;

  private FreeBsdAbi() {}
}
