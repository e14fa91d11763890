package io.tfo.socket;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnsupportedAddressTypeException;

/** What a channel throws, as an ordinary socket throws it. */
final class SocketErrors {
  static final String CLOSED = "Socket closed";

  private SocketErrors() {}

  static IOException translated(IOException e) {
    if (e instanceof SocketException
        || e instanceof InterruptedIOException
        || e instanceof UnknownHostException) {
      return e;
    }
    if (e instanceof ClosedByInterruptException) {
      return socketException("Closed by interrupt", e);
    }
    if (e instanceof ClosedChannelException) {
      return socketException(CLOSED, e);
    }
    return socketException(e.getMessage() == null ? e.toString() : e.getMessage(), e);
  }

  /** An address that the channel has no use for: IPv6 on a JVM without it. */
  static SocketException translated(UnsupportedAddressTypeException e) {
    return socketException("Protocol family unavailable", e);
  }

  static SocketException closed() {
    return new SocketException(CLOSED);
  }

  private static SocketException socketException(String message, Exception cause) {
    SocketException translated = new SocketException(message);
    translated.initCause(cause);
    return translated;
  }
}
