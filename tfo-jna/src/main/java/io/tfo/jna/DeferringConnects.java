package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.backoff.BackOff;
import io.tfo.backoff.KnownDestinations;
import io.tfo.jna.KernelDeferral.Stage;
import io.tfo.spi.ConnectObservation;
import io.tfo.spi.FastOpenActivity;
import io.tfo.timer.Deadlines;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The state that the channels of one drop-in share: which connects the kernel defers, the native
 * calls, and the knowledge of their destinations.
 *
 * @param <C> the channels
 */
abstract class DeferringConnects<C> {
  final NativeTcp tcp;
  final KernelDeferral deferral;
  final SynLossDetector outcomes;
  final KnownDestinations known;
  final KnownDestinations serverFirst;
  final DelayedEnds ends = new DelayedEnds();
  final Duration firstWrite;
  final Deadlines<DeferredConnect<?>> firstWrites;
  final ChannelObservations<DeferredConnect<?>> observations = new ChannelObservations<>();
  private final String dropIn;
  private final String backend;
  private final CookiePolicy cookies;
  private final Predicate<InetSocketAddress> which;

  /**
   * The objects that a backend gives to the channels of its drop-ins.
   *
   * @param backend the name of the backend
   * @param known the destinations that were connected to
   * @param serverFirst the destinations whose servers were the first to send
   * @param which the destinations whose connects are deferred
   * @param firstWrite how long a SYN waits for the first write, before it is sent without data; up
   *     to half as long again
   */
  record Setup(
      String backend,
      NativeTcp tcp,
      KernelDeferral deferral,
      SynLossDetector outcomes,
      KnownDestinations known,
      KnownDestinations serverFirst,
      CookiePolicy cookies,
      Predicate<InetSocketAddress> which,
      Duration firstWrite) {}

  /**
   * Creates the shared state.
   *
   * @param dropIn as in {@link FastOpenActivity#use}
   */
  DeferringConnects(String dropIn, Setup setup) {
    this.dropIn = dropIn;
    this.backend = setup.backend();
    this.tcp = setup.tcp();
    this.deferral = setup.deferral();
    this.outcomes = setup.outcomes();
    this.known = setup.known();
    this.serverFirst = setup.serverFirst();
    this.cookies = setup.cookies();
    this.which = setup.which();
    this.firstWrite = setup.firstWrite();
    this.firstWrites =
        new Deadlines<>(Duration.ofNanos(firstWrite.toNanos() / 2), DeferredConnect::sendOverdue);
    FastOpenActivity.use(dropIn, backend);
  }

  /** Whether connects to a destination are deferred where back-off and the kernel allow it. */
  final boolean isWanted(InetSocketAddress destination) {
    return ChannelConnector.isOneHost(destination)
        && which.test(destination)
        && !cookies.isPlain(destination);
  }

  /** Defers the next connect of a channel, except where {@link BackOff} refuses it. */
  final boolean tryDefer(C channel, InetSocketAddress destination) {
    boolean admitted = outcomes.admits(destination, 0);
    boolean deferred = admitted && defer(channel, destination);
    if (!deferred) {
      FastOpenActivity.plain(admitted ? PlainReason.OFF : PlainReason.BACK_OFF);
    }
    return deferred;
  }

  /** Defers the connect of a channel by {@link #defer(int, InetSocketAddress)}. */
  abstract boolean defer(C channel, InetSocketAddress destination);

  final boolean defer(int fd, InetSocketAddress destination) {
    if (cookies.isWithoutCookie(destination)) {
      tcp.withoutCookie(fd);
    }
    return deferral.defer(fd);
  }

  final @Nullable ConnectObservation observe() {
    return ConnectObservation.begin(dropIn, backend);
  }

  /** The JDK makes this connect, and the library learns no more of it. */
  final void plain(InetSocketAddress destination, PlainReason reason) {
    ConnectObservation observed = observe();
    FastOpenActivity.plain(reason);
    if (observed != null) {
      observed.end(destination, 0, () -> FastOpenOutcome.NOT_ATTEMPTED, null);
    }
  }

  /**
   * Whether a deferred connect may stay deferred: only to a server that has answered before, and
   * that lets the client send first.
   */
  final boolean mayWait(InetSocketAddress destination, long now) {
    return known.contains(destination, now) && !serverFirst.contains(destination, now);
  }

  /**
   * Sends the SYN without data if it still waits; returns whether it has waited. If the system
   * refuses, for example because TCP Fast Open was switched off since the connect, this sets {@link
   * DeferredConnect#isRefused}, and the caller makes a plain connect instead.
   */
  final boolean sendSyn(DeferredConnect<?> connect, int fd) {
    boolean waits = waits(fd);
    if (waits) {
      connect.sentAt = outcomes.now();
      connect.isRefused = !deferral.sendEmptySyn(fd);
    }
    return waits;
  }

  /** Whether the SYN waits for the first write. */
  final boolean waits(int fd) {
    return deferral.stage(fd) == Stage.WAITING;
  }

  /** Whether a SYN was answered; the connection may be closed by now. */
  final boolean isAnswered(int fd) {
    try {
      return tcp.isAnswered(fd);
    } catch (IOException e) {
      return false;
    }
  }

  /** The SYN of a connect, and how it was sent. */
  record Sent(InetSocketAddress destination, long at, boolean hasOption, boolean withData) {}

  final void answered(
      Sent syn, SynLossDetector.LossQuery query, @Nullable ConnectObservation observed) {
    learnAnswer(syn, query);
    endAnswered(syn, query, observed);
  }

  /** The first half of {@link #answered}: asks the system about a SYN whose answer was late. */
  final void learnAnswer(Sent syn, SynLossDetector.LossQuery query) {
    known.add(syn.destination(), syn.at());
    if (syn.hasOption()) {
      outcomes.answered(syn.destination(), syn.at(), syn.withData(), query);
    } else {
      outcomes.plainAnswered(syn.destination(), syn.at());
    }
  }

  /**
   * The second half of {@link #answered}: ends the observation of the connect, such as its log
   * line.
   */
  static void endAnswered(
      Sent syn, SynLossDetector.LossQuery query, @Nullable ConnectObservation observed) {
    if (observed != null) {
      observed.end(syn.destination(), syn.withData() ? -1 : 0, query::outcome, null);
    }
  }

  final void failed(Sent syn, IOException failure, @Nullable ConnectObservation observed) {
    known.remove(syn.destination());
    if (syn.hasOption()) {
      outcomes.failed(syn.destination(), syn.at(), syn.withData(), failure);
    } else {
      outcomes.plainFailed(syn.destination(), syn.at(), failure);
    }
    end(syn, failure, observed);
  }

  /** The program has closed the channel. A later answer is reported, too. */
  final void abandoned(Sent syn, IOException closed, @Nullable ConnectObservation observed) {
    if (syn.hasOption()) {
      outcomes.abandoned(syn.destination(), syn.at(), syn.withData());
    } else {
      outcomes.plainFailed(syn.destination(), syn.at(), closed);
    }
    end(syn, closed, observed);
  }

  private static void end(Sent syn, IOException failure, @Nullable ConnectObservation observed) {
    if (observed != null) {
      observed.end(
          syn.destination(), syn.withData() ? -1 : 0, () -> FastOpenOutcome.UNKNOWN, failure);
    }
  }
}
