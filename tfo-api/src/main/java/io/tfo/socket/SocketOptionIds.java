package io.tfo.socket;

import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.util.Set;
import java.util.stream.Collectors;

/** The numbers by which {@link Socket} asks its implementation for options. */
final class SocketOptionIds {
  /** A channel knows it by this name; sockets by number only. */
  private static final String OUT_OF_BAND_INLINE = "SO_OOBINLINE";

  private SocketOptionIds() {}

  /** Sets an option on the JDK's socket over a channel. */
  static void set(Socket socket, int id, Object value) throws SocketException {
    switch (id) {
      case SocketOptions.SO_TIMEOUT -> socket.setSoTimeout((Integer) value);
      case SocketOptions.TCP_NODELAY -> socket.setTcpNoDelay((Boolean) value);
      case SocketOptions.SO_KEEPALIVE -> socket.setKeepAlive((Boolean) value);
      case SocketOptions.SO_OOBINLINE -> socket.setOOBInline((Boolean) value);
      case SocketOptions.SO_REUSEADDR -> socket.setReuseAddress((Boolean) value);
      case SocketOptions.SO_SNDBUF -> socket.setSendBufferSize((Integer) value);
      case SocketOptions.SO_RCVBUF -> socket.setReceiveBufferSize((Integer) value);
      case SocketOptions.IP_TOS -> socket.setTrafficClass((Integer) value);
      case SocketOptions.SO_LINGER -> {
        if (value instanceof Integer seconds) {
          socket.setSoLinger(true, seconds);
        } else {
          socket.setSoLinger(false, 0);
        }
      }
      default -> throw new SocketException("Unknown option " + id);
    }
  }

  /** Gets an option of the JDK's socket over a channel. */
  static Object get(Socket socket, int id) throws SocketException {
    return switch (id) {
      case SocketOptions.SO_TIMEOUT -> socket.getSoTimeout();
      case SocketOptions.TCP_NODELAY -> socket.getTcpNoDelay();
      case SocketOptions.SO_KEEPALIVE -> socket.getKeepAlive();
      case SocketOptions.SO_OOBINLINE -> socket.getOOBInline();
      case SocketOptions.SO_REUSEADDR -> socket.getReuseAddress();
      case SocketOptions.SO_SNDBUF -> socket.getSendBufferSize();
      case SocketOptions.SO_RCVBUF -> socket.getReceiveBufferSize();
      case SocketOptions.IP_TOS -> socket.getTrafficClass();
      case SocketOptions.SO_LINGER -> socket.getSoLinger();
      default -> throw new SocketException("Unknown option " + id);
    };
  }

  /** Those options of a channel that an ordinary socket has, too. */
  static Set<SocketOption<?>> ofSockets(Set<SocketOption<?>> ofChannel) {
    return ofChannel.stream()
        .filter(option -> !option.name().equals(OUT_OF_BAND_INLINE))
        .collect(Collectors.toUnmodifiableSet());
  }
}
