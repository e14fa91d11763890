package io.tfo.jna;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;
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
  private final FastOpenConnector connector;
  private final FastOpenListener listener;

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
    NativeAccess access = new NativeAccess(foreign, loader);
    this.connector = new ChannelConnector(access, BackOff.system());
    this.listener = new ChannelListener(access);
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
}
