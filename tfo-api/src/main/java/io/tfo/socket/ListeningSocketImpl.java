package io.tfo.socket;

import io.tfo.FastOpenListener;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.SocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A listening socket over a channel that a {@link FastOpenListener} binds. */
final class ListeningSocketImpl extends SocketImpl {
  private final FastOpenListener listener;
  private final int fastOpenBacklog;
  private volatile @Nullable ServerSocketChannel channel;

  ListeningSocketImpl(FastOpenListener listener, int fastOpenBacklog) {
    this.listener = listener;
    this.fastOpenBacklog = fastOpenBacklog;
  }

  private ServerSocketChannel channel() {
    ServerSocketChannel opened = channel;
    if (opened == null) {
      throw new IllegalStateException("no channel yet");
    }
    return opened;
  }

  private ServerSocket socket() {
    return channel().socket();
  }

  @Override
  protected void create(boolean stream) throws IOException {
    channel = ServerSocketChannel.open();
  }

  /** Remembers the address: a channel binds and listens at once. */
  @Override
  protected void bind(InetAddress host, int port) {
    address = host;
    localport = port;
  }

  @Override
  protected void listen(int backlog) throws IOException {
    try {
      listener.bind(channel(), new InetSocketAddress(address, localport), backlog, fastOpenBacklog);
    } catch (IOException e) {
      throw SocketErrors.translated(e);
    }
    localport = socket().getLocalPort();
  }

  @Override
  protected void accept(SocketImpl accepted) throws IOException {
    boolean interrupted = PendingInterrupt.putAside();
    try {
      ((ChannelSocketImpl) accepted).adopt(socket().accept().getChannel());
    } catch (IOException e) {
      throw SocketErrors.translated(e);
    } finally {
      PendingInterrupt.putBack(interrupted);
    }
  }

  @Override
  protected void close() throws IOException {
    ServerSocketChannel opened = channel;
    if (opened != null) {
      opened.close();
    }
  }

  @Override
  public void setOption(int id, Object value) throws SocketException {
    requireOpen();
    switch (id) {
      case SocketOptions.SO_TIMEOUT -> socket().setSoTimeout((Integer) value);
      case SocketOptions.SO_REUSEADDR -> socket().setReuseAddress((Boolean) value);
      case SocketOptions.SO_RCVBUF -> socket().setReceiveBufferSize((Integer) value);
      default -> throw new SocketException("Unknown option " + id);
    }
  }

  @Override
  public Object getOption(int id) throws SocketException {
    requireOpen();
    try {
      return switch (id) {
        case SocketOptions.SO_TIMEOUT -> socket().getSoTimeout();
        case SocketOptions.SO_REUSEADDR -> socket().getReuseAddress();
        case SocketOptions.SO_RCVBUF -> socket().getReceiveBufferSize();
        default -> throw new SocketException("Unknown option " + id);
      };
    } catch (SocketException e) {
      throw e;
    } catch (IOException e) {
      throw (SocketException) new SocketException(e.getMessage()).initCause(e);
    }
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
    return channel().supportedOptions();
  }

  private void requireOpen() throws SocketException {
    if (!channel().isOpen()) {
      throw SocketErrors.closed();
    }
  }

  @Override
  protected void connect(String host, int port) throws IOException {
    throw notConnected();
  }

  @Override
  protected void connect(InetAddress host, int port) throws IOException {
    throw notConnected();
  }

  @Override
  protected void connect(SocketAddress remote, int timeout) throws IOException {
    throw notConnected();
  }

  @Override
  protected InputStream getInputStream() throws IOException {
    throw notConnected();
  }

  @Override
  protected OutputStream getOutputStream() throws IOException {
    throw notConnected();
  }

  @Override
  protected int available() throws IOException {
    throw notConnected();
  }

  @Override
  protected void sendUrgentData(int data) throws IOException {
    throw notConnected();
  }

  private static SocketException notConnected() {
    return new SocketException("a listening socket is never connected");
  }
}
