package io.tfo.nio;

import io.tfo.spi.AsynchronousChannelOpener;
import io.tfo.spi.AsynchronousChannelSupport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Uses TCP Fast Open (RFC 7413) in programs that open asynchronous channels, without a change to
 * the program: Apache MINA SSHD, Tomcat's NIO2 connector, MongoDB's driver. Switch it on for a
 * whole process with
 *
 * <pre>
 * {@code java -Djava.nio.channels.spi.AsynchronousChannelProvider=io.tfo.nio.FastOpenAsynchronousChannelProvider ...}
 * </pre>
 *
 * <p>It has the system properties of {@link FastOpenSelectorProvider}. The warning there that SYN
 * data may arrive twice holds here, too. The system class loader must find this library and its
 * backends.
 *
 * <p>A connect to one of the ports is deferred under the same conditions. It completes at once.
 * What changes then:
 *
 * <ul>
 *   <li>The first write sends the SYN with its data. If the server has gone, the first write or
 *       read that waits for it fails, with the message of the {@code ConnectException}. The next
 *       connect is not deferred.
 *   <li>If there is no write within {@code io.tfo.provider.firstWriteMillis}, the SYN is sent
 *       without data.
 *   <li>A shutdown or a {@code close} before the answer is carried out after it.
 *   <li>A write that does not fit in the SYN completes after the answer. Its timeout includes the
 *       wait for the answer, and a {@code close} before it has completed loses the rest of it.
 * </ul>
 *
 * <p>Everything else is the JDK's own. All channels are the JDK's if no backend is installed, if
 * the JDK denies the backend access, or if a property is malformed, which is logged as a warning.
 */
public final class FastOpenAsynchronousChannelProvider extends AsynchronousChannelProvider {
  private static final String CHANNELS = "asynchronous channel";

  private final AsynchronousChannelProvider jdk;
  private final ProviderBackends<AsynchronousChannelSupport, AsynchronousChannelOpener> backends;

  /**
   * Creates the provider. The JDK calls this when the first asynchronous channel or group is
   * opened.
   *
   * @throws UnsupportedOperationException if the JDK's own provider cannot be reached; the message
   *     tells the remedy
   */
  public FastOpenAsynchronousChannelProvider() {
    this(() -> ProviderSettings.of(System.getProperties()).plan(CHANNELS));
  }

  /**
   * Creates a provider for destinations and listeners of a program's choice, in place of {@code
   * io.tfo.provider.ports}. The other system properties hold.
   *
   * @param destinations accepts the destinations to which connects are deferred; asked at each
   *     connect
   * @param listeners whether TCP Fast Open is switched on for a listener that is being opened
   * @throws UnsupportedOperationException as {@link #FastOpenAsynchronousChannelProvider()} does
   */
  public FastOpenAsynchronousChannelProvider(
      Predicate<? super InetSocketAddress> destinations, BooleanSupplier listeners) {
    this(
        settings(
            Objects.requireNonNull(destinations, "destinations"),
            Objects.requireNonNull(listeners, "listeners")));
  }

  private FastOpenAsynchronousChannelProvider(Supplier<ChannelPlan> settings) {
    jdk = JdkProvider.asynchronous();
    backends =
        new ProviderBackends<>(
            CHANNELS,
            AsynchronousChannelSupport.class,
            (backend, which, firstWrite) ->
                backend.deferringAsynchronousChannels(this, jdk, which, firstWrite),
            settings);
  }

  private static Supplier<ChannelPlan> settings(
      Predicate<? super InetSocketAddress> destinations, BooleanSupplier listeners) {
    return () ->
        ProviderSettings.withoutPorts(System.getProperties()).plan(destinations, listeners);
  }

  @Override
  public AsynchronousChannelGroup openAsynchronousChannelGroup(
      int threads, ThreadFactory threadFactory) throws IOException {
    return new ProviderChannelGroup(this, jdk.openAsynchronousChannelGroup(threads, threadFactory));
  }

  @Override
  public AsynchronousChannelGroup openAsynchronousChannelGroup(
      ExecutorService executor, int initialSize) throws IOException {
    return new ProviderChannelGroup(this, jdk.openAsynchronousChannelGroup(executor, initialSize));
  }

  @Override
  public AsynchronousServerSocketChannel openAsynchronousServerSocketChannel(
      @Nullable AsynchronousChannelGroup group) throws IOException {
    AsynchronousServerSocketChannel channel =
        jdk.openAsynchronousServerSocketChannel(ProviderChannelGroup.ofJdk(group));
    backends.switchOn((backend, backlog) -> backend.acceptFastOpen(channel, backlog));
    return channel;
  }

  @Override
  public AsynchronousSocketChannel openAsynchronousSocketChannel(
      @Nullable AsynchronousChannelGroup group) throws IOException {
    AsynchronousChannelOpener deferring = backends.deferring();
    AsynchronousChannelGroup ofJdk = ProviderChannelGroup.ofJdk(group);
    return deferring == null ? jdk.openAsynchronousSocketChannel(ofJdk) : deferring.open(ofJdk);
  }

  /** Returns one line: the JDK's provider, the settings, and the backends in use. */
  @Override
  public String toString() {
    return backends.describe(this, jdk);
  }
}
