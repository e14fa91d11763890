package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A backend that reaches its system through JNA.
 *
 * <p>Nothing native is loaded on a foreign system, nor before the first use. What stands in the way
 * then (no JNA, no access to the JDK's channels, a system call that is missing) is found out once
 * and kept as the reason; connects are plain from then on.
 */
public abstract class JnaBackend implements FastOpenBackend {
  private final String name;
  private final int priority;
  private final @Nullable String foreign;
  private final Supplier<NativeTcp> loader;
  private final ChannelConnector connector = new ChannelConnector(this);
  private final ChannelListener listener = new ChannelListener(this, connector);
  private volatile @Nullable Probed probed;

  /** What the first use found: the system's TCP, or the reason why there is none. */
  private record Probed(@Nullable NativeTcp tcp, FastOpenCapability reason) {}

  /**
   * A backend that has loaded nothing yet.
   *
   * @param name see {@link #name()}
   * @param priority see {@link #priority()}
   * @param foreign why this backend does not work on this system, or null if it may
   * @param loader loads the native calls; may fail in any way
   */
  protected JnaBackend(
      String name, int priority, @Nullable String foreign, Supplier<NativeTcp> loader) {
    this.name = name;
    this.priority = priority;
    this.foreign = foreign;
    this.loader = loader;
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
  public final FastOpenConnector connector() {
    return connector;
  }

  @Override
  public final FastOpenListener listener() {
    return listener;
  }

  final FastOpenCapability capability(Function<NativeTcp, FastOpenCapability> side) {
    Probed found = probed();
    return found.tcp() == null ? found.reason() : side.apply(found.tcp());
  }

  final @Nullable NativeTcp tcp() {
    return probed().tcp();
  }

  private Probed probed() {
    Probed found = probed;
    return found != null ? found : probeOnce();
  }

  private synchronized Probed probeOnce() {
    Probed found = probed;
    if (found == null) {
      found = probe();
      probed = found;
    }
    return found;
  }

  private Probed probe() {
    if (foreign != null) {
      return new Probed(null, FastOpenCapability.unsupported(foreign));
    }
    JdkChannels jdk = JdkChannels.ACCESS;
    if (jdk == null) {
      return new Probed(
          null,
          FastOpenCapability.unsupported(
              "no way into the JDK's channels: " + reason(JdkChannels.DENIED),
              "run java with --enable-native-access=ALL-UNNAMED (class path) or"
                  + " --enable-native-access=com.sun.jna (module path), or with --add-opens"
                  + " java.base/sun.nio.ch=ALL-UNNAMED or =io.tfo.jna"));
    }
    try (SocketChannel channel = SocketChannel.open()) {
      jdk.check(channel);
      NativeTcp tcp = loader.get();
      tcp.probe(jdk.fd(channel));
      return new Probed(tcp, FastOpenCapability.available(name));
    } catch (IOException | RuntimeException | LinkageError e) {
      return new Probed(null, FastOpenCapability.unsupported(reason(e)));
    }
  }

  private static String reason(@Nullable Throwable e) {
    if (e == null) {
      return "unknown";
    }
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return e instanceof IOException && e.getMessage() != null ? e.getMessage() : root.toString();
  }
}
