package io.tfo.nio;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * TCP Fast Open for programs that open NIO channels and are not to be changed: {@code
 * java.net.http.HttpClient}, Netty's NIO transport, Jetty, and so on. Switched on for a whole
 * process by
 *
 * <pre>
 * {@code java -Djava.nio.channels.spi.SelectorProvider=io.tfo.nio.FastOpenSelectorProvider ...}
 * </pre>
 *
 * <p>with this library and its backends where the system class loader finds them: on the class
 * path, or as modules of the boot layer.
 *
 * <p><strong>The first write of a connection may reach the server twice</strong> (RFC 7413, section
 * 2.1). So connects are left alone unless they go to a port whose protocol begins with something
 * idempotent: by default 443, where TLS begins with a ClientHello.
 *
 * <table>
 *   <caption>System properties, read once</caption>
 *   <tr><th>Property</th><th>Default</th><th>Meaning</th></tr>
 *   <tr><td>{@code io.tfo.provider.ports}</td><td>{@code 443}</td><td>the ports to which connects
 *       are deferred: numbers and ranges, {@code 443,8000-8999}; {@code all}; {@code none}. Choose
 *       those where the client speaks first, with something that may arrive twice, and waits for an
 *       answer</td></tr>
 *   <tr><td>{@code io.tfo.provider.firstWriteMillis}</td><td>{@code 20}</td><td>how many milliseconds a SYN
 *       waits for the first write, half as long again at the most: what a server that speaks first, and a
 *       client that is slower than this, lose; at least 1</td></tr>
 *   <tr><td>{@code io.tfo.provider.backlog}</td><td>{@code 256}</td><td>what every listener is given
 *       as {@code fastOpenBacklog} ({@link FastOpenListener#bind}); 0 leaves listeners
 *       alone</td></tr>
 *   <tr><td>{@code io.tfo.backend}</td><td></td><td>as everywhere: {@code none} switches all of it
 *       off</td></tr>
 * </table>
 *
 * <p>What changes for a non-blocking connect to such a port, where the kernel has a cookie of the
 * server (Linux 4.11 and later, with {@code tfo-backend-linux-connect}):
 *
 * <ul>
 *   <li>{@link SocketChannel#connect} returns true at once, and says nothing about the server: that
 *       it is not there comes to light at a write or a read after the first write, as an {@code
 *       IOException} with the text of the {@code ConnectException} that the connect would have
 *       thrown. A limit of time for the connect has no meaning then; what limits the wait is a
 *       timeout on the answer, or the kernel's ({@code net.ipv4.tcp_syn_retries}, two minutes). A
 *       destination that left a SYN unanswered for a second is connected plainly for a while
 *       ({@link FastOpenConnector}).
 *   <li>The first write sends the SYN. If there is none for a while, the SYN is sent without data,
 *       and the connection is an ordinary one, that much later. So it is at once where the channel
 *       becomes a blocking one.
 *   <li>Until the SYN is answered, {@link SocketChannel#shutdownOutput} and {@code close} end the
 *       connection, together with what was written: a client must wait for an answer.
 *   <li>Should {@code net.ipv4.tcp_fastopen} be switched off between the connect and the first
 *       write, that connection fails.
 * </ul>
 *
 * <p>All else is the JDK's: connects in blocking mode, other ports, other systems, selectors,
 * pipes, datagram channels, the inherited channel. So is everything where no backend is installed,
 * where it is denied what it needs, and where a property is malformed, which is logged.
 */
public final class FastOpenSelectorProvider extends SelectorProvider {
  private final SelectorProvider jdk;
  private final ProviderChannels hooks;

  /**
   * Made by the JDK, when the first channel or selector is opened.
   *
   * @throws UnsupportedOperationException if the JDK's own provider cannot be reached; the message
   *     says how it can be
   */
  public FastOpenSelectorProvider() {
    jdk = JdkProvider.find();
    hooks = new ProviderChannels(jdk);
  }

  @Override
  public DatagramChannel openDatagramChannel() throws IOException {
    return jdk.openDatagramChannel();
  }

  @Override
  public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
    return jdk.openDatagramChannel(family);
  }

  @Override
  public Pipe openPipe() throws IOException {
    return jdk.openPipe();
  }

  @Override
  public AbstractSelector openSelector() throws IOException {
    return jdk.openSelector();
  }

  @Override
  public @Nullable Channel inheritedChannel() throws IOException {
    return jdk.inheritedChannel();
  }

  @Override
  public SocketChannel openSocketChannel() throws IOException {
    return hooks.openSocketChannel(null);
  }

  @Override
  public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
    return hooks.openSocketChannel(Objects.requireNonNull(family, "'family' is null"));
  }

  @Override
  public ServerSocketChannel openServerSocketChannel() throws IOException {
    return hooks.accepting(jdk.openServerSocketChannel());
  }

  @Override
  public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
    return hooks.accepting(jdk.openServerSocketChannel(family));
  }

  /** What is used, for people. */
  @Override
  public String toString() {
    return "%s over %s: %s".formatted(getClass().getSimpleName(), jdk.getClass().getName(), hooks);
  }
}
