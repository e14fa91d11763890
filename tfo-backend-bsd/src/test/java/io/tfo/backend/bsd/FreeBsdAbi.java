package io.tfo.backend.bsd;

import java.util.List;

/** Numbers of FreeBSD 12 to 15, the same on every architecture. */
final class FreeBsdAbi {
  // sys/socket.h, netinet/in.h, netinet/tcp.h
  static final int AF_INET6 = 28;
  static final int TCP_FASTOPEN = 1025;
  static final int MSG_NOSIGNAL = 0x20000;

  // netinet/tcp.h, netinet/tcp_var.h
  static final int TCP_INFO = 32;
  static final int TCPI_OPT_TFO = 0x20;
  static final int TF_FASTOPEN = 0x80000000;
  static final int SIZEOF_TCP_INFO = 256;
  static final int TCPI_STATE = 0;
  static final int TCPI_OPTIONS = 5;

  /** The names of the states, by their numbers (netinet/tcp_fsm.h). */
  private static final List<String> STATES =
      List.of(
          "CLOSED",
          "LISTEN",
          "SYN_SENT",
          "SYN_RECEIVED",
          "ESTABLISHED",
          "CLOSE_WAIT",
          "FIN_WAIT_1",
          "CLOSING",
          "LAST_ACK",
          "FIN_WAIT_2",
          "TIME_WAIT");

  private FreeBsdAbi() {}

  /** Returns the name of a {@code tcpi_state}. */
  static String stateName(int state) {
    return STATES.get(state);
  }
}
