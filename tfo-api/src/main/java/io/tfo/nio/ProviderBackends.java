package io.tfo.nio;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.log.ProgramLog;
import io.tfo.spi.FastOpenBackend;
import java.net.InetSocketAddress;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The backends of a provider: the one that defers the connects of its channels, and the one that
 * switches its listeners on. They are looked up when the process opens its first channel.
 *
 * <p>A backend can open channels while it is probed, which leads back here. During the look-up, and
 * after a look-up that failed, every caller gets the JDK's own channels. No caller waits.
 *
 * @param <S> what a backend implements for channels of this kind
 * @param <D> what defers the connects of a channel
 */
final class ProviderBackends<S, D> {
  private final String channels;
  private final Class<S> support;
  private final Deferring<S, D> deferring;
  private final Supplier<ChannelPlan> settings;
  private final AtomicBoolean lookUpRuns = new AtomicBoolean();
  private volatile @Nullable LookUp<S, D> lookUp;

  /** Asks a backend for the object that defers connects. */
  interface Deferring<S, D> {
    Optional<D> of(S support, Predicate<InetSocketAddress> destinations, Duration firstWriteWait);
  }

  /**
   * Creates an object that has not looked up its backends yet.
   *
   * @param channels the kind of the channels, such as "NIO channel"
   * @param support the interface that a backend implements for them
   * @param deferring asks a backend for what defers connects
   * @param settings reads the settings, once; throws what is wrong with them
   */
  ProviderBackends(
      String channels,
      Class<S> support,
      Deferring<S, D> deferring,
      Supplier<ChannelPlan> settings) {
    this.channels = channels;
    this.support = support;
    this.deferring = deferring;
    this.settings = settings;
  }

  /**
   * The result of the look-up.
   *
   * @param summary the settings and the backends in use, or why none is
   * @param deferring defers connects; null if no backend does, or the settings name no port
   * @param accepting switches listeners on; null if no backend does, or the settings forbid it
   * @param plan what to do with listeners; null if nothing
   */
  private record LookUp<S, D>(
      String summary, @Nullable D deferring, @Nullable S accepting, @Nullable ChannelPlan plan) {
    static <S, D> LookUp<S, D> nothing(String reason) {
      return new LookUp<>(reason, null, null, null);
    }
  }

  /** The object that defers connects; null if there is none. */
  @Nullable D deferring() {
    return lookUp().deferring();
  }

  /**
   * The backend that switches TCP Fast Open on for a listener.
   *
   * @param backlog the {@code fastOpenBacklog} of the listener
   */
  record Acceptor<S>(S backend, int backlog) {}

  /**
   * Returns the backend that switches on a listener that is being opened; null if there is none.
   */
  @Nullable Acceptor<S> acceptor() {
    LookUp<S, D> current = lookUp();
    S accepting = current.accepting();
    ChannelPlan plan = current.plan();
    return accepting != null && plan != null && plan.listeners().getAsBoolean()
        ? new Acceptor<>(accepting, plan.backlog())
        : null;
  }

  /**
   * Calls a function that switches a listener on, if a backend does that.
   *
   * @param how the function; called with the backend, and the {@code fastOpenBacklog} of the
   *     listener
   */
  void switchOn(ObjIntConsumer<S> how) {
    Acceptor<S> acceptor = acceptor();
    if (acceptor != null) {
      how.accept(acceptor.backend(), acceptor.backlog());
    }
  }

  private LookUp<S, D> lookUp() {
    LookUp<S, D> known = lookUp;
    if (known != null) {
      return known;
    }
    if (!lookUpRuns.compareAndSet(false, true)) {
      return LookUp.nothing("the look-up of backends is not finished");
    }
    try {
      LookUp<S, D> finished = lookUpPrivileged();
      if (finished == null) {
        return LookUp.nothing("this thread is choosing a backend");
      }
      lookUp = finished;
      return finished;
    } catch (RuntimeException | Error e) {
      LookUp<S, D> failed = LookUp.nothing(String.valueOf(e.getMessage()));
      lookUp = failed;
      ProgramLog.log(System.Logger.Level.WARNING, channels + "s do not use TCP Fast Open: " + e);
      return failed;
    } finally {
      lookUpRuns.set(false);
    }
  }

  /**
   * Looks up with the library's permissions: under JDK 17's security manager, the program needs
   * none.
   */
  @SuppressWarnings("removal")
  private @Nullable LookUp<S, D> lookUpPrivileged() {
    return AccessController.doPrivileged(
        (PrivilegedAction<@Nullable LookUp<S, D>>)
            () ->
                FastOpenBackends.candidates()
                    .map(each -> lookUp(each, settings.get()))
                    .orElse(null));
  }

  private LookUp<S, D> lookUp(List<FastOpenBackend> candidates, ChannelPlan plan) {
    Predicate<InetSocketAddress> destinations = plan.destinations();
    String deferrer = "no backend";
    D found = null;
    String acceptor = "no backend";
    S accepting = null;
    List<String> reasons = new ArrayList<>();
    for (FastOpenBackend backend : candidates) {
      if (support.isInstance(backend)) {
        S supporting = support.cast(backend);
        if (found == null && destinations != null) {
          found = deferring.of(supporting, destinations, plan.firstWriteWait()).orElse(null);
          deferrer = found == null ? deferrer : backend.name();
        }
        if (found == null && destinations != null) {
          reasons.add(backend.name() + ": " + backend.connector().capability().detail());
        }
        if (plan.backlog() > 0 && backend.listener() == FastOpenListener.system()) {
          accepting = supporting;
          acceptor = backend.name();
        }
      }
    }
    if (found == null && destinations != null && !isBroken(candidates)) {
      ProgramLog.log(
          System.Logger.Level.INFO,
          "connects of "
              + channels
              + "s are not deferred, because no backend here can defer them: "
              + (reasons.isEmpty() ? "no backend is in use" : String.join("; ", reasons)));
    }
    return new LookUp<>(
        plan.text()
            + "; connects are deferred by "
            + deferrer
            + "; listeners are switched on by "
            + acceptor,
        found,
        accepting,
        plan);
  }

  /** Whether no backend for this system works, which was logged when one was chosen. */
  private static boolean isBroken(List<FastOpenBackend> candidates) {
    return FastOpenConnector.system().capability().status() == FastOpenCapability.Status.UNSUPPORTED
        && candidates.stream().anyMatch(each -> each.otherSystem().isEmpty());
  }

  /**
   * Describes a provider in one line.
   *
   * @param jdk the JDK's, over which it works
   */
  String describe(Object provider, Object jdk) {
    return provider.getClass().getSimpleName()
        + " over "
        + jdk.getClass().getName()
        + ": "
        + lookUp().summary();
  }
}
