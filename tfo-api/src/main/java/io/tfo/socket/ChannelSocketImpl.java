package io.tfo.socket;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A socket over a channel of the JDK, whose connect may wait for the first write. {@link Socket}
 * stands before it, and lets nothing through that its state forbids.
 */
final class ChannelSocketImpl extends SocketImpl {
  private final ConnectPolicy policy;
  private volatile @Nullable SocketChannel channel;
  private volatile @Nullable DeferredConnect deferred;

  ChannelSocketImpl(ConnectPolicy policy) {
    this.policy = policy;
  }

  SocketChannel channel() {
    SocketChannel opened = channel;
    if (opened == null) {
      throw new IllegalStateException("no channel yet");
    }
    return opened;
  }

  /** The JDK's socket over the channel: it has the timeouts and the messages. */
  private Socket socket() {
    return channel().socket();
  }

  @Override
  protected void create(boolean stream) throws IOException {
    channel = SocketChannel.open();
  }

  /** Takes a channel that is connected. */
  void adopt(SocketChannel accepted) {
    channel = accepted;
    address = accepted.socket().getInetAddress();
    port = accepted.socket().getPort();
  }

  @Override
  protected void bind(InetAddress host, int port) throws IOException {
    try {
      channel().bind(new InetSocketAddress(host, port));
    } catch (IOException e) {
      throw SocketErrors.translated(e);
    }
  }

  @Override
  protected void connect(String host, int port) throws IOException {
    connect(new InetSocketAddress(host, port), 0);
  }

  @Override
  protected void connect(InetAddress host, int port) throws IOException {
    connect(new InetSocketAddress(host, port), 0);
  }

  @Override
  protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    InetSocketAddress destination = (InetSocketAddress) remote;
    if (destination.isUnresolved()) {
      throw new UnknownHostException(destination.getHostName());
    }
    if (destination.getAddress().isAnyLocalAddress()) {
      destination = new InetSocketAddress(InetAddress.getLocalHost(), destination.getPort());
    }
    address = destination.getAddress();
    port = destination.getPort();
    DeferredConnect connect =
        new DeferredConnect(policy.connector(), channel(), destination, timeoutMillis);
    if (!policy.mayWait(destination)) {
      boolean interrupted = PendingInterrupt.putAside();
      try {
        connect.plainly();
      } finally {
        PendingInterrupt.putBack(interrupted);
      }
    }
    deferred = connect;
  }

  /** Connects now if that is still to be done, for an operation that needs it. */
  Socket connected() throws IOException {
    DeferredConnect connect = deferred;
    if (connect != null) {
      connect.plainly();
    }
    return socket();
  }

  /** Connects with the first data if that is still to be done; returns how much of it was sent. */
  int connectWith(byte[] data, int offset, int length) throws IOException {
    DeferredConnect connect = deferred;
    return connect == null ? 0 : connect.with(data, offset, length);
  }

  @Override
  protected InputStream getInputStream() {
    return new ChannelSocketInput(this);
  }

  @Override
  protected OutputStream getOutputStream() {
    return new ChannelSocketOutput(this);
  }

  @Override
  protected int available() throws IOException {
    return getInputStream().available();
  }

  private interface Operation {
    void on(Socket socket) throws IOException;
  }

  private void whenConnected(Operation operation) throws IOException {
    boolean interrupted = PendingInterrupt.putAside();
    try {
      operation.on(connected());
    } catch (IOException e) {
      throw SocketErrors.translated(e);
    } finally {
      PendingInterrupt.putBack(interrupted);
    }
  }

  @Override
  protected void shutdownInput() throws IOException {
    whenConnected(Socket::shutdownInput);
  }

  @Override
  protected void shutdownOutput() throws IOException {
    whenConnected(Socket::shutdownOutput);
  }

  @Override
  protected boolean supportsUrgentData() {
    return true;
  }

  /**
   * The one operation that {@link Socket} lets through in every state, and whose errors it keeps.
   */
  @Override
  protected void sendUrgentData(int data) throws IOException {
    boolean interrupted = PendingInterrupt.putAside();
    try {
      connected().sendUrgentData(data);
    } catch (NotYetConnectedException e) {
      throw new SocketException("Not connected");
    } catch (ClosedChannelException e) {
      throw channel().isOpen() ? new IOException("Broken pipe", e) : SocketErrors.translated(e);
    } finally {
      PendingInterrupt.putBack(interrupted);
    }
  }

  /** A connect that still waits is given up: nothing was sent. One that happens fails. */
  @Override
  protected void close() throws IOException {
    SocketChannel opened = channel;
    if (opened != null) {
      opened.close();
    }
  }

  @Override
  protected int getLocalPort() {
    return channel().isOpen() ? localAddress().getPort() : socket().getLocalPort();
  }

  private InetSocketAddress localAddress() {
    DeferredConnect connect = deferred;
    try {
      return connect == null ? DeferredConnect.localAddress(socket()) : connect.localAddress();
    } catch (IOException e) {
      return DeferredConnect.localAddress(socket());
    }
  }

  @Override
  public void setOption(int id, Object value) throws SocketException {
    requireOpen();
    SocketOptionIds.set(socket(), id, value);
  }

  @Override
  public Object getOption(int id) throws SocketException {
    requireOpen();
    return id == SocketOptions.SO_BINDADDR
        ? localAddress().getAddress()
        : SocketOptionIds.get(socket(), id);
  }

  @Override
  protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
    requireOpen();
    channel().setOption(name, value);
  }

  @Override
  protected <T> T getOption(SocketOption<T> name) throws IOException {
    requireOpen();
    return channel().getOption(name);
  }

  @Override
  protected Set<SocketOption<?>> supportedOptions() {
    return SocketOptionIds.ofSockets(channel().supportedOptions());
  }

  private void requireOpen() throws SocketException {
    if (!channel().isOpen()) {
      throw SocketErrors.closed();
    }
  }

  @Override
  protected void listen(int backlog) throws IOException {
    throw new SocketException("not a listening socket");
  }

  @Override
  protected void accept(SocketImpl s) throws IOException {
    throw new SocketException("not a listening socket");
  }
}
