package io.tfo.integration.conformance;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.Conformance;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.Predicate;

/** A backend that works; a subclass overrides one method to break one thing. */
class BrokenBackend implements FastOpenBackend, FastOpenConnector {
  /** The best backend of this machine, which does all that is not overridden. */
  static final FastOpenBackend GOOD = Conformance.backends().get(0);

  final FastOpenConnector good = GOOD.connector();
  private final FastOpenListener listener;

  BrokenBackend() {
    this(GOOD.listener());
  }

  private BrokenBackend(FastOpenListener listener) {
    this.listener = listener;
  }

  /** A way to connect that is broken. */
  interface Connect {
    boolean connect(
        FastOpenConnector good, SocketChannel channel, SocketAddress remote, ByteBuffer data)
        throws IOException;
  }

  /** Creates a backend whose connect without a timeout is broken. */
  static BrokenBackend connector(Connect broken) {
    return new BrokenBackend() {
      @Override
      public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer data)
          throws IOException {
        return broken.connect(good, channel, remote, data);
      }
    };
  }

  /** Creates a backend whose listener is broken. */
  static BrokenBackend listener(Listener broken) {
    return new BrokenBackend(broken);
  }

  @Override
  public String name() {
    return "broken";
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public FastOpenConnector connector() {
    return this;
  }

  @Override
  public FastOpenListener listener() {
    return listener;
  }

  @Override
  public FastOpenCapability capability() {
    return good.capability();
  }

  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer data)
      throws IOException {
    return good.connect(channel, remote, data);
  }

  @Override
  public boolean connect(
      SocketChannel channel, SocketAddress remote, ByteBuffer data, Duration timeout)
      throws IOException {
    return good.connect(channel, remote, data, timeout);
  }

  @Override
  public FastOpenConnector plainFor(Predicate<? super InetSocketAddress> plain) {
    return good.plainFor(plain);
  }

  @Override
  public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
    return good.outcome(channel);
  }

  /** A listener that works; a subclass overrides one method to break one thing. */
  static class Listener implements FastOpenListener {
    final FastOpenListener good = GOOD.listener();

    @Override
    public FastOpenCapability capability() {
      return good.capability();
    }

    @Override
    public ServerSocketChannel bind(
        ServerSocketChannel channel, SocketAddress local, int backlog, int fastOpenBacklog)
        throws IOException {
      return good.bind(channel, local, backlog, fastOpenBacklog);
    }

    @Override
    public ServerSocketChannel bind(
        ServerSocketChannel channel,
        SocketAddress local,
        int backlog,
        int fastOpenBacklog,
        FastOpenKeys keys)
        throws IOException {
      ServerSocketChannel bound = bind(channel, local, backlog, fastOpenBacklog);
      setKeys(channel, keys);
      return bound;
    }

    @Override
    public boolean setKeys(ServerSocketChannel channel, FastOpenKeys keys) throws IOException {
      return good.setKeys(channel, keys);
    }

    @Override
    public FastOpenKeyOwner keyOwner() {
      return good.keyOwner();
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel accepted) throws IOException {
      return good.outcome(accepted);
    }
  }
}
