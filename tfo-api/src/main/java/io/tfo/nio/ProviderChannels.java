package io.tfo.nio;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SelectorProviderSupport;
import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens the provider's channels: with deferred connects, and with TCP Fast Open on listeners, if an
 * installed backend supports that; otherwise the JDK's own channels. The backends are looked up
 * when the process opens its first channel.
 *
 * <p>A backend can open channels while it is probed, which leads back here. During the look-up, and
 * after a look-up that failed, every caller gets the JDK's own channels. No caller waits.
 */
final class ProviderChannels {
  private final SelectorProvider jdk;
  private final Supplier<ChannelPlan> settings;
  private final AtomicBoolean lookUpRuns = new AtomicBoolean();
  private volatile @Nullable LookUp lookUp;

  /**
   * Opens nothing yet.
   *
   * @param settings reads the settings, once; throws what is wrong with them
   */
  ProviderChannels(SelectorProvider jdk, Supplier<ChannelPlan> settings) {
    this.jdk = jdk;
    this.settings = settings;
  }

  /**
   * The result of the look-up.
   *
   * @param summary the settings and the backends in use, or why none is
   * @param deferring opens channels with deferred connects; null if no backend defers connects, or
   *     the settings name no port
   * @param accepting switches listeners on; null if no backend does, or the settings forbid it
   * @param plan what to do with listeners; null if nothing
   */
  private record LookUp(
      String summary,
      @Nullable SocketChannelOpener deferring,
      @Nullable SelectorProviderSupport accepting,
      @Nullable ChannelPlan plan) {
    static LookUp nothing(String reason) {
      return new LookUp(reason, null, null, null);
    }
  }

  SocketChannel openSocketChannel(@Nullable ProtocolFamily family) throws IOException {
    SocketChannelOpener deferring = lookUp().deferring();
    if (deferring != null) {
      return deferring.open(family);
    }
    return family == null ? jdk.openSocketChannel() : jdk.openSocketChannel(family);
  }

  /** Returns the same channel, with TCP Fast Open switched on if a backend supports that. */
  ServerSocketChannel acceptingFastOpen(ServerSocketChannel channel) {
    LookUp current = lookUp();
    SelectorProviderSupport accepting = current.accepting();
    ChannelPlan plan = current.plan();
    if (accepting != null && plan != null && plan.listeners().getAsBoolean()) {
      accepting.acceptFastOpen(channel, plan.backlog());
    }
    return channel;
  }

  private LookUp lookUp() {
    LookUp known = lookUp;
    if (known != null) {
      return known;
    }
    if (!lookUpRuns.compareAndSet(false, true)) {
      return LookUp.nothing("the look-up of backends is not finished");
    }
    try {
      LookUp finished = lookUpPrivileged();
      if (finished == null) {
        return LookUp.nothing("this thread is choosing a backend");
      }
      lookUp = finished;
      return finished;
    } catch (RuntimeException | Error e) {
      LookUp failed = LookUp.nothing(String.valueOf(e.getMessage()));
      lookUp = failed;
      log(System.Logger.Level.WARNING, "NIO channels do not use TCP Fast Open: " + e);
      return failed;
    } finally {
      lookUpRuns.set(false);
    }
  }

  /** Under a security manager, as JDK 17 has, the program needs no permission for it. */
  @SuppressWarnings("removal")
  private @Nullable LookUp lookUpPrivileged() {
    return AccessController.doPrivileged(
        (PrivilegedAction<@Nullable LookUp>)
            () ->
                FastOpenBackends.candidates()
                    .map(each -> lookUp(jdk, each, settings.get()))
                    .orElse(null));
  }

  private static LookUp lookUp(
      SelectorProvider jdk, List<FastOpenBackend> candidates, ChannelPlan plan) {
    Predicate<InetSocketAddress> destinations = plan.destinations();
    String deferrer = "no backend";
    SocketChannelOpener deferring = null;
    String acceptor = "no backend";
    SelectorProviderSupport accepting = null;
    List<String> reasons = new ArrayList<>();
    for (FastOpenBackend backend : candidates) {
      if (backend instanceof SelectorProviderSupport support) {
        if (deferring == null && destinations != null) {
          deferring =
              support.deferringChannels(jdk, destinations, plan.firstWriteWait()).orElse(null);
          deferrer = deferring == null ? deferrer : backend.name();
        }
        if (deferring == null && destinations != null) {
          reasons.add(backend.name() + ": " + backend.connector().capability().detail());
        }
        if (plan.backlog() > 0 && backend.listener() == FastOpenListener.system()) {
          accepting = support;
          acceptor = backend.name();
        }
      }
    }
    if (deferring == null && destinations != null && !isBroken(candidates)) {
      log(
          System.Logger.Level.INFO,
          "no connect of an NIO channel is deferred, because no backend does that here: "
              + (reasons.isEmpty() ? "none is in use" : String.join("; ", reasons)));
    }
    return new LookUp(
        "%s; connects are deferred by %s; listeners are switched on by %s"
            .formatted(plan.text(), deferrer, acceptor),
        deferring,
        accepting,
        plan);
  }

  /** Whether no backend for this system works, which was logged when one was chosen. */
  private static boolean isBroken(List<FastOpenBackend> candidates) {
    return FastOpenConnector.system().capability().status() == FastOpenCapability.Status.UNSUPPORTED
        && candidates.stream().anyMatch(each -> each.otherSystem().isEmpty());
  }

  /**
   * No static logger: the JDK creates the provider while it initializes a class of its own, and a
   * logger of the application that opens a channel would come back to that class.
   */
  private static void log(System.Logger.Level level, String text) {
    System.getLogger("io.tfo").log(level, text);
  }

  @Override
  public String toString() {
    return lookUp().summary();
  }
}
