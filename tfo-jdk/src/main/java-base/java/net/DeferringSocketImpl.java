package java.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import sun.net.PlatformSocketImpl;

/**
 * A socket implementation between the JDK's {@code SocksSocketImpl} and its {@code NioSocketImpl}:
 * there it sees the real peer, such as a proxy. The calls of a connect, and of the first use of the
 * connection, go to a hook; all others go to the {@code NioSocketImpl}. It is in the JDK's package,
 * since the classes on both sides are package-private there. From there it cannot see {@code
 * io.tfo}, so the hook is a {@code SocketImpl}, too.
 */
final class DeferringSocketImpl extends DelegatingSocketImpl implements PlatformSocketImpl {
  private final SocketImpl hook;

  /**
   * Called by {@code io.tfo.jdk.DeferringSocketClass}.
   *
   * @param nio the JDK's implementation
   * @param hook connects, gives the streams, reads options, closes, and is called before each other
   *     first use
   */
  DeferringSocketImpl(SocketImpl nio, SocketImpl hook) {
    super(nio);
    this.hook = hook;
  }

  @Override
  protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
    hook.connect(remote, timeoutMillis);
  }

  @Override
  protected InputStream getInputStream() throws IOException {
    return hook.getInputStream();
  }

  @Override
  protected OutputStream getOutputStream() throws IOException {
    return hook.getOutputStream();
  }

  @Override
  protected int getLocalPort() {
    hook.getLocalPort();
    return super.getLocalPort();
  }

  @Override
  public Object getOption(int option) throws SocketException {
    return hook.getOption(option);
  }

  @Override
  protected void shutdownInput() throws IOException {
    hook.shutdownInput();
    super.shutdownInput();
  }

  @Override
  protected void shutdownOutput() throws IOException {
    hook.shutdownOutput();
    super.shutdownOutput();
  }

  @Override
  protected void sendUrgentData(int data) throws IOException {
    hook.sendUrgentData(data);
    super.sendUrgentData(data);
  }

  @Override
  protected void close() throws IOException {
    hook.close();
  }
}
