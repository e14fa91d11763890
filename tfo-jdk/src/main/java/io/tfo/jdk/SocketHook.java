package io.tfo.jdk;

import java.net.InetAddress;
import java.net.SocketImpl;

/**
 * A hook of {@code java.net.DeferringSocketImpl}. It is a {@code SocketImpl}, since that class
 * knows no type of this library. Methods without a hook go to the JDK's {@code NioSocketImpl}, and
 * are not called here.
 */
public abstract class SocketHook extends SocketImpl {
  private static UnsupportedOperationException notCalled() {
    return new UnsupportedOperationException("goes to NioSocketImpl");
  }

  @Override
  protected final void create(boolean stream) {
    throw notCalled();
  }

  @Override
  protected final void connect(String host, int port) {
    throw notCalled();
  }

  @Override
  protected final void connect(InetAddress address, int port) {
    throw notCalled();
  }

  @Override
  protected final void bind(InetAddress host, int port) {
    throw notCalled();
  }

  @Override
  protected final void listen(int backlog) {
    throw notCalled();
  }

  @Override
  protected final void accept(SocketImpl s) {
    throw notCalled();
  }

  @Override
  public final void setOption(int option, Object value) {
    throw notCalled();
  }
}
