package io.tfo.jna;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.backoff.BackOff;
import io.tfo.jdk.DeferringChannelClass;
import io.tfo.jdk.JdkChannels;
import io.tfo.lab.Fault;
import io.tfo.lab.Verdict;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SocketChannelOpener;
import java.net.InetSocketAddress;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/** A backend with a back-off table of its own, whose clock can be set forward, and stopped. */
public final class ClockedBackend implements FastOpenBackend {
  /** The first wait. */
  public static final Duration FIRST = BackOff.FIRST;

  private final FastOpenBackend backend;
  private final ChannelConnector connector;
  private final NativeAccess access;
  private final AtomicLong passed = new AtomicLong();
  private volatile LongSupplier clock = System::nanoTime;
  private final BackOff backOff = new BackOff(this::now, 10);

  /** A backend that is a {@link JnaBackend}. */
  public ClockedBackend(FastOpenBackend backend) {
    this.backend = backend;
    this.access = ((ChannelConnector) backend.connector()).access;
    this.connector = new ChannelConnector(access, new LearnedDestinations(backOff), "clocked");
  }

  /** A backend for which no answer is late, since its clock stands still. */
  public static FastOpenBackend stopped(FastOpenBackend backend) {
    ClockedBackend clocked = new ClockedBackend(backend);
    clocked.stop();
    return clocked;
  }

  /** Sets the clock forward. */
  public void pass(Duration time) {
    passed.addAndGet(time.toNanos());
  }

  /** Stops the clock: what waits until a time by it waits on. */
  public void stop() {
    long now = clock.getAsLong();
    clock = () -> now;
  }

  /** Has the clock go on after {@link #stop}. */
  public void goOn() {
    clock = System::nanoTime;
  }

  private long now() {
    return clock.getAsLong() + passed.get();
  }

  /** Advances the clock whenever a fault drops a segment. */
  public Fault passing(Duration time, Fault fault) {
    return segment -> {
      Verdict verdict = fault.on(segment);
      if (verdict.segments().isEmpty()) {
        pass(time);
      }
      return verdict;
    };
  }

  /** Whether a loss there is remembered, its wait over or not. */
  public boolean remembers(InetSocketAddress destination) {
    return backOff.remembers(destination);
  }

  /** Channels with this back-off, all of whose connects are deferred. */
  public SocketChannelOpener deferring(Duration firstWrite) {
    return factory(firstWrite);
  }

  /**
   * The same, with a callback that a thread calls between the result of an operation and the
   * library's reaction to it. The thread that connects calls it with "begin" before the connect. It
   * is also called right before an operation of the JDK, with "before " and the operation.
   */
  public SocketChannelOpener deferring(Duration firstWrite, Consumer<String> before) {
    DeferringChannelFactory factory = factory(firstWrite);
    return family ->
        DeferringChannelClass.open(
            SelectorProvider.provider(),
            family,
            (channel, remote) -> {
              BiPredicate<String, Object> connect = factory.begin(channel, remote);
              before.accept("begin");
              return connect == null
                  ? null
                  : (operation, result) -> {
                    if (result != null || !operation.equals("write")) {
                      before.accept(operation);
                    }
                    boolean reaction = connect.test(operation, result);
                    if (result == null) {
                      before.accept("before " + operation);
                    }
                    return reaction;
                  };
            });
  }

  private DeferringChannelFactory factory(Duration firstWrite) {
    NativeTcp tcp = Objects.requireNonNull(access.tcp());
    return new DeferringChannelFactory(
        SelectorProvider.provider(),
        new ChannelConnects(
            Objects.requireNonNull(JdkChannels.ACCESS),
            connector.channels(
                tcp, tcp.deferral().orElseThrow(), destination -> true, firstWrite)));
  }

  @Override
  public String name() {
    return backend.name();
  }

  @Override
  public int priority() {
    return backend.priority();
  }

  @Override
  public FastOpenConnector connector() {
    return connector;
  }

  @Override
  public FastOpenListener listener() {
    return backend.listener();
  }

  @Override
  public Optional<String> plainWhenNonBlocking() {
    return backend.plainWhenNonBlocking();
  }
}
