package io.tfo.linux;

import java.util.ArrayList;
import java.util.List;

/**
 * A value of the sysctl {@code net.ipv4.tcp_fastopen}, which applies to IPv6, too. The bits are
 * those of {@code Documentation/networking/ip-sysctl.rst}.
 *
 * @param value the value
 */
record FastOpenSysctl(int value) {
  static final String NAME = "net.ipv4.tcp_fastopen";

  /** The client side is on. On Darwin, this bit and the next one are swapped. */
  private static final int CLIENT = 0x1;

  private static final int SERVER = 0x2;

  /** The client sends data where it has no cookie, and never asks for one. */
  private static final int CLIENT_NO_COOKIE = 0x4;

  /** The server accepts data that comes without a cookie. */
  private static final int SERVER_NO_COOKIE = 0x200;

  /** A listener accepts without the option TCP_FASTOPEN. */
  private static final int EVERY_LISTENER = 0x400;

  boolean isClientOn() {
    return has(CLIENT);
  }

  boolean isServerOn() {
    return has(SERVER);
  }

  /** Whether a listener needs no option of its own. */
  boolean isEveryListenerOn() {
    return has(SERVER) && has(EVERY_LISTENER);
  }

  private boolean has(int bit) {
    return (value & bit) != 0;
  }

  /** The value that switches both sides on, and leaves every other bit as it is. */
  int withBothSides() {
    return value | CLIENT | SERVER;
  }

  /** Describes the value for the client side. Without a format, which costs start-up time. */
  String client() {
    return NAME
        + "="
        + value
        + ": "
        + sides()
        + (has(CLIENT) && has(CLIENT_NO_COOKIE)
            ? "; 0x4: SYNs carry data without a cookie, and no cookie is requested, so only servers"
                + " that accept data without a cookie (0x200) acknowledge it"
            : "");
  }

  /** Describes the value for the server side. */
  String server() {
    List<String> words = new ArrayList<>();
    words.add(NAME + "=" + value + ": " + sides());
    if (has(SERVER) && has(SERVER_NO_COOKIE)) {
      words.add("0x200: data is accepted without a cookie");
    }
    if (has(EVERY_LISTENER)) {
      words.add(
          has(SERVER)
              ? "0x400: every listener accepts SYN data, even if its program does not ask for it"
              : "0x400 has no effect while the server side is off");
    }
    return String.join("; ", words);
  }

  private String sides() {
    return switch (value & (CLIENT | SERVER)) {
      case CLIENT | SERVER -> "client and server";
      case CLIENT -> "client only";
      case SERVER -> "server only";
      default -> "off";
    };
  }
}
