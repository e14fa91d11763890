package io.tfo.socket;

import io.tfo.FastOpenConnector;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connect that waits for the first operation that needs it, and then happens once: whoever comes
 * while it happens waits for its end.
 */
final class DeferredConnect {
  private final FastOpenConnector connector;
  private final SocketChannel channel;
  private final InetSocketAddress remote;
  private final int timeoutMillis;
  private final ReentrantLock lock = new ReentrantLock();

  /** Written after {@link #failure}. */
  private volatile boolean over;

  private @Nullable IOException failure;

  DeferredConnect(
      FastOpenConnector connector,
      SocketChannel channel,
      InetSocketAddress remote,
      int timeoutMillis) {
    this.connector = connector;
    this.channel = channel;
    this.remote = remote;
    this.timeoutMillis = timeoutMillis;
  }

  /** Connects by the JDK, unless that has been done. */
  void plainly() throws IOException {
    if (!over || failure != null) {
      once(
          () -> {
            channel.socket().connect(remote, timeoutMillis);
            return 0;
          });
    }
  }

  /**
   * Connects with data in the SYN, unless that has been done.
   *
   * @return how much of the data was sent: none where another operation has connected
   */
  int with(byte[] data, int offset, int length) throws IOException {
    if (over && failure == null) {
      return 0;
    }
    ByteBuffer synData = ByteBuffer.wrap(data, offset, length);
    Duration timeout = Duration.ofMillis(timeoutMillis);
    return once(
        () -> {
          connector.connect(channel, remote, synData, timeout);
          return length;
        });
  }

  private interface Connect {
    int carryOut() throws IOException;
  }

  private int once(Connect connect) throws IOException {
    lock.lock();
    try {
      if (failure != null) {
        throw (SocketException) new SocketException(failure.getMessage()).initCause(failure);
      }
      return over ? 0 : carryOut(connect);
    } finally {
      lock.unlock();
    }
  }

  private int carryOut(Connect connect) throws IOException {
    try {
      return connect.carryOut();
    } catch (IOException e) {
      throw failed(SocketErrors.translated(e));
    } catch (UnsupportedAddressTypeException e) {
      throw failed(SocketErrors.translated(e));
    } finally {
      over = true;
    }
  }

  /** A connect that fails closes its socket; the rest of a write that fails after it does not. */
  private IOException failed(IOException e) throws IOException {
    if (!channel.isConnected()) {
      failure = e;
      channel.close();
    }
    return e;
  }

  /**
   * The local address; while the connect waits, the one that it will have. Only a bound socket has
   * a port, so that is done here: always would cost a port per connection instead of one per
   * connection and destination.
   */
  InetSocketAddress localAddress() throws IOException {
    lock.lock();
    try {
      if (over) {
        return localAddress(channel.socket());
      }
      InetAddress source = source();
      if (channel.getLocalAddress() == null) {
        channel.bind(new InetSocketAddress(source, 0));
      }
      InetSocketAddress bound = localAddress(channel.socket());
      return bound.getAddress().isAnyLocalAddress()
          ? new InetSocketAddress(source, bound.getPort())
          : bound;
    } finally {
      lock.unlock();
    }
  }

  static InetSocketAddress localAddress(Socket socket) {
    return new InetSocketAddress(socket.getLocalAddress(), Math.max(0, socket.getLocalPort()));
  }

  /** From where the system reaches the remote address; finding out sends nothing. */
  private InetAddress source() throws IOException {
    try (DatagramChannel route = DatagramChannel.open()) {
      route.connect(new InetSocketAddress(remote.getAddress(), Math.max(1, remote.getPort())));
      return route.socket().getLocalAddress();
    } catch (IOException unreachable) {
      return new InetSocketAddress(0).getAddress();
    }
  }
}
