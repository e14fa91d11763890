package io.tfo.nio;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.SelectorProviderSupport;
import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Uses TCP Fast Open (RFC 7413) in programs that open NIO channels, without a change to the
 * program: {@code java.net.http.HttpClient}, Netty's NIO transport, Jetty and others. Switch it on
 * for a whole process with
 *
 * <pre>
 * {@code java -Djava.nio.channels.spi.SelectorProvider=io.tfo.nio.FastOpenSelectorProvider ...}
 * </pre>
 *
 * <p>The system class loader must find this library and its backends: on the class path, or as
 * modules of the boot layer.
 *
 * <p><strong>The first write of a connection may reach the server twice</strong> (RFC 7413, section
 * 2.1). So only connects to some ports are changed, those whose protocol begins with an idempotent
 * message: by default 443, where TLS begins with a ClientHello.
 *
 * <table>
 *   <caption>System properties, read when the first channel is opened</caption>
 *   <tr><th>Property</th><th>Default</th><th>Meaning</th></tr>
 *   <tr><td>{@code io.tfo.provider.ports}</td><td>{@code 443}</td><td>the ports to which connects
 *       are deferred: numbers and ranges such as {@code 443,8000-8999}, or {@code all}, or {@code
 *       none}. Choose ports where the client sends first, where the server may receive this message
 *       twice, and where the client waits for an answer</td></tr>
 *   <tr><td>{@code io.tfo.provider.firstWriteMillis}</td><td>{@code 20}</td><td>how long a SYN waits
 *       for the first write, in milliseconds, at least 1; the actual wait can be half as long again.
 *       A connection whose server sends first, or whose client writes later than this, loses this
 *       time</td></tr>
 *   <tr><td>{@code io.tfo.provider.backlog}</td><td>{@code 256}</td><td>the {@code
 *       fastOpenBacklog} of every listener, as in {@link FastOpenListener#bind}; 0 does not change
 *       listeners</td></tr>
 *   <tr><td>{@code io.tfo.backend}</td><td></td><td>the backend to use; {@code none} switches TCP
 *       Fast Open off</td></tr>
 * </table>
 *
 * <p>A non-blocking connect to such a port is deferred if the kernel has a cookie of the server
 * (Linux 4.11 and later, with {@code tfo-backend-linux-connect}; {@code TCP_FASTOPEN_CONNECT} in
 * tcp(7)), and if this process has connected to that address and port before. It is pending, as
 * every non-blocking connect is, and can be finished at once. What changes then:
 *
 * <ul>
 *   <li>If the server has gone, {@link SocketChannel#finishConnect} succeeds all the same, and the
 *       first write, or a read after it, throws an {@code IOException} with the message of the
 *       {@code ConnectException}. A connect timeout has no effect; the wait ends by a timeout on
 *       the answer, or by the kernel's ({@code net.ipv4.tcp_syn_retries}, about two minutes). The
 *       next connect is not deferred. Where SYNs are lost, connects are plain for a while: see
 *       back-off in {@link FastOpenConnector}.
 *   <li>The first write sends the SYN. Until its answer, further writes take no bytes. If there is
 *       no write within {@code io.tfo.provider.firstWriteMillis}, the SYN is sent without data, and
 *       the connection is an ordinary one. The same happens at once if the channel is set to
 *       blocking mode.
 *   <li>{@link SocketChannel#shutdownOutput} and {@code close} before the answer are carried out
 *       after it.
 *   <li>If {@code net.ipv4.tcp_fastopen} is switched off between the connect and the first write,
 *       that connection fails.
 * </ul>
 *
 * <p>Everything else is the JDK's own: connects in blocking mode, to other ports and on other
 * systems, selectors, pipes, datagram channels and the inherited channel. All channels are the
 * JDK's own if no backend is installed, if the JDK denies the backend access, or if one of these
 * properties is malformed, which is logged as a warning.
 */
public final class FastOpenSelectorProvider extends SelectorProvider {
  private static final String CHANNELS = "NIO channel";

  private final SelectorProvider jdk;
  private final ProviderBackends<SelectorProviderSupport, SocketChannelOpener> backends;

  /**
   * Creates the provider. The JDK calls this when the first channel or selector is opened.
   *
   * @throws UnsupportedOperationException if the JDK's own provider cannot be reached; the message
   *     tells the remedy
   */
  public FastOpenSelectorProvider() {
    jdk = JdkProvider.selector();
    backends = backends(() -> ProviderSettings.of(System.getProperties()).plan(CHANNELS));
  }

  /**
   * Creates a provider for destinations and listeners of a program's choice, in place of {@code
   * io.tfo.provider.ports}. The other system properties hold.
   *
   * @param destinations accepts the destinations to which connects are deferred; asked at each
   *     connect in non-blocking mode
   * @param listeners whether TCP Fast Open is switched on for a listener that is being opened
   * @throws UnsupportedOperationException as {@link #FastOpenSelectorProvider()} does
   */
  public FastOpenSelectorProvider(
      Predicate<? super InetSocketAddress> destinations, BooleanSupplier listeners) {
    Objects.requireNonNull(destinations, "destinations");
    Objects.requireNonNull(listeners, "listeners");
    jdk = JdkProvider.selector();
    backends =
        backends(
            () ->
                ProviderSettings.withoutPorts(System.getProperties())
                    .plan(destinations, listeners));
  }

  /**
   * Returns what is wrong with {@code io.tfo.provider.firstWriteMillis} or {@code
   * io.tfo.provider.backlog}, which hold for all providers of channels of this library: with a
   * malformed one, all channels are the JDK's own.
   *
   * @return the property, its value and the form that it must have; empty if both are well-formed
   */
  public static Optional<String> malformedProperty() {
    try {
      ProviderSettings unused = ProviderSettings.withoutPorts(System.getProperties());
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private ProviderBackends<SelectorProviderSupport, SocketChannelOpener> backends(
      Supplier<ChannelPlan> settings) {
    return new ProviderBackends<>(
        CHANNELS,
        SelectorProviderSupport.class,
        (backend, destinations, firstWriteWait) ->
            backend.deferringChannels(jdk, destinations, firstWriteWait),
        settings);
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
    SocketChannelOpener deferring = backends.deferring();
    return deferring == null ? jdk.openSocketChannel() : deferring.open(null);
  }

  @Override
  public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
    Objects.requireNonNull(family, "'family' is null");
    SocketChannelOpener deferring = backends.deferring();
    return deferring == null ? jdk.openSocketChannel(family) : deferring.open(family);
  }

  @Override
  public ServerSocketChannel openServerSocketChannel() throws IOException {
    return openListener(null);
  }

  @Override
  public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
    return openListener(Objects.requireNonNull(family, "'family' is null"));
  }

  private ServerSocketChannel openListener(@Nullable ProtocolFamily family) throws IOException {
    ProviderBackends.Acceptor<SelectorProviderSupport> acceptor = backends.acceptor();
    if (acceptor != null) {
      return acceptor.backend().openListener(jdk, family, acceptor.backlog());
    }
    return family == null ? jdk.openServerSocketChannel() : jdk.openServerSocketChannel(family);
  }

  /** Returns one line: the JDK's provider, the settings, and the backends in use. */
  @Override
  public String toString() {
    return backends.describe(this, jdk);
  }
}
