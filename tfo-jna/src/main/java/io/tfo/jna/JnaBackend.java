package io.tfo.jna;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.jdk.DeferringChannelClass;
import io.tfo.jdk.JdkAsynchronousChannels;
import io.tfo.jdk.JdkChannels;
import io.tfo.spi.AsynchronousChannelOpener;
import io.tfo.spi.AsynchronousChannelSupport;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SelectorProviderSupport;
import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A backend that calls its system through JNA. A subclass has a name, and loads a {@link
 * NativeTcp}; this class does the rest on the JDK's channels.
 *
 * <p>Nothing native is loaded on a foreign system, nor before the first use. A failure then (no
 * JNA, no access to the JDK's channels, a missing system call) is kept as the reason in the
 * capabilities, and connects are plain from then on.
 *
 * <p>All backends of a process learn together where SYNs were lost, and which servers answer.
 */
public abstract class JnaBackend
    implements FastOpenBackend, SelectorProviderSupport, AsynchronousChannelSupport {
  private final String name;
  private final int priority;
  private final @Nullable String foreign;
  private @Nullable NativeAccess access;
  private @Nullable ChannelConnector connector;
  private @Nullable ChannelListener listener;

  /**
   * Creates a backend; loads nothing. Every process creates the backends of all systems, so a
   * constructor takes no lambda: the first use of each costs start-up time.
   *
   * @param name see {@link #name()}
   * @param priority see {@link #priority()}; the backends of this library have 100 and 200
   * @param foreign why this backend does not work on this system, or null if it may work
   */
  protected JnaBackend(String name, int priority, @Nullable String foreign) {
    this.name = name;
    this.priority = priority;
    this.foreign = foreign;
  }

  /**
   * Loads the native calls. Called at the first use, once, and never on a foreign system.
   *
   * @return the native calls
   * @throws Exception of any kind; it becomes the reason why connects are plain
   */
  protected abstract NativeTcp load() throws Exception;

  /** Returns the destinations that the connector learns of. Called once. */
  LearnedDestinations learned() {
    return LearnedDestinations.ofProcess();
  }

  private synchronized NativeAccess access() {
    NativeAccess known = access;
    if (known == null) {
      known = new NativeAccess(foreign, this);
      access = known;
    }
    return known;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final int priority() {
    return priority;
  }

  @Override
  public final Optional<String> otherSystem() {
    return Optional.ofNullable(foreign);
  }

  @Override
  public final FastOpenConnector connector() {
    return client();
  }

  private synchronized ChannelConnector client() {
    ChannelConnector known = connector;
    if (known == null) {
      known = new ChannelConnector(access(), learned(), name);
      connector = known;
    }
    return known;
  }

  @Override
  public final FastOpenListener listener() {
    return server();
  }

  private synchronized ChannelListener server() {
    ChannelListener known = listener;
    if (known == null) {
      known = new ChannelListener(access(), new ListenerOptions(name));
      listener = known;
    }
    return known;
  }

  @Override
  public final SelectorProvider jdkProvider() throws IllegalAccessException {
    return JdkChannels.provider();
  }

  @Override
  public final Optional<SocketChannelOpener> deferringChannels(
      SelectorProvider provider, Predicate<InetSocketAddress> which, Duration firstWrite) {
    NativeTcp tcp = access().tcp();
    JdkChannels jdk = access().channels();
    return tcp == null || jdk == null
        ? Optional.empty()
        : tcp.deferral()
            .filter(system -> DeferringChannelClass.isAvailable())
            .map(
                system ->
                    new DeferringChannelFactory(
                        provider,
                        new ChannelConnects(
                            jdk, client().channels(tcp, system, which, firstWrite))));
  }

  @Override
  public final ServerSocketChannel openListener(
      SelectorProvider provider, @Nullable ProtocolFamily family, int fastOpenBacklog)
      throws IOException {
    return server().open(provider, family, fastOpenBacklog);
  }

  @Override
  public final AsynchronousChannelProvider jdkAsynchronousProvider() throws IllegalAccessException {
    return JdkChannels.asynchronousProvider();
  }

  @Override
  public final Optional<AsynchronousChannelOpener> deferringAsynchronousChannels(
      AsynchronousChannelProvider provider,
      AsynchronousChannelProvider jdk,
      Predicate<InetSocketAddress> which,
      Duration firstWrite) {
    NativeTcp tcp = access().tcp();
    KernelDeferral system = tcp == null ? null : tcp.deferral().orElse(null);
    JdkAsynchronousChannels channels = system == null ? null : JdkAsynchronousChannels.ACCESS;
    if (tcp == null || system == null || channels == null) {
      return Optional.empty();
    }
    AsynchronousConnects connects =
        new AsynchronousConnects(channels, client().channels(tcp, system, which, firstWrite));
    return Optional.of(group -> connects.open(provider, jdk, group));
  }

  @Override
  public final void acceptFastOpen(AsynchronousServerSocketChannel channel, int fastOpenBacklog) {
    server().accept(channel, fastOpenBacklog);
  }
}
