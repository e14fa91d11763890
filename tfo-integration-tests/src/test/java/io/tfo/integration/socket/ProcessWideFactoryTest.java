package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.util.List;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A process that has set a {@code SocketImplFactory} of its own gets the sockets of that factory
 * everywhere.
 */
@Timeout(120)
class ProcessWideFactoryTest {
  @Test
  void theSocketsAreThoseOfTheProcess() throws Exception {
    ChildJvm child =
        ChildJvm.java(
            List.of("-cp", System.getProperty("java.class.path"), Program.class.getName()));
    assertThat(child.output().lines().filter(line -> line.contains("connect")))
        .containsExactly("java.io.IOException: own connect", "java.io.IOException: own connect");
  }

  /** The program. */
  static final class Program {
    private Program() {}

    @SuppressWarnings("deprecation")
    public static void main(String[] args) throws Exception {
      Socket.setSocketImplFactory(OwnImpl::new);
      for (SocketFactory factory :
          List.of(SocketFactory.getDefault(), FastOpenSocketFactory.system())) {
        System.out.println(
            catchThrowable(() -> factory.createSocket(InetAddress.getLoopbackAddress(), 9)));
      }
    }
  }

  /** A socket that fails with an exception of its own. */
  private static final class OwnImpl extends SocketImpl {
    @Override
    protected void create(boolean stream) {}

    @Override
    protected void connect(String host, int port) throws IOException {
      throw new IOException("own connect");
    }

    @Override
    protected void connect(InetAddress address, int port) throws IOException {
      throw new IOException("own connect");
    }

    @Override
    protected void connect(SocketAddress address, int timeout) throws IOException {
      throw new IOException("own connect");
    }

    @Override
    protected void bind(InetAddress host, int port) {}

    @Override
    protected void listen(int backlog) {}

    @Override
    protected void accept(SocketImpl s) {}

    @Override
    protected InputStream getInputStream() {
      return InputStream.nullInputStream();
    }

    @Override
    protected OutputStream getOutputStream() {
      return OutputStream.nullOutputStream();
    }

    @Override
    protected int available() {
      return 0;
    }

    @Override
    protected void close() {}

    @Override
    protected void sendUrgentData(int data) {}

    @Override
    public void setOption(int option, Object value) {}

    @Override
    public Object getOption(int option) {
      return 0;
    }
  }
}
