package io.tfo.jna;

import io.tfo.jna.Deferral.Stage;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One channel's connect, from before it until its SYN is out. Native calls are made under the lock
 * under which the JDK closes the descriptor.
 */
final class DeferredConnect {
  private static final Unanswered UNANSWERED = new Unanswered();

  private final SocketChannel channel;
  private final Deferral deferral;
  private final Predicate<InetSocketAddress> which;
  private final Duration silence;
  private boolean set;
  private volatile @Nullable InetSocketAddress destination;
  private volatile boolean waiting;

  DeferredConnect(
      SocketChannel channel,
      Deferral deferral,
      Predicate<InetSocketAddress> which,
      Duration silence) {
    this.channel = channel;
    this.deferral = deferral;
    this.which = which;
    this.silence = silence;
  }

  /**
   * Sets the option for the connect that follows. Not in blocking mode: there a read before the
   * first write would wait for ever, and a signal during that write have it sent twice.
   */
  boolean before(SocketAddress remote) {
    boolean on =
        !channel.isBlocking()
            && remote instanceof InetSocketAddress address
            && !address.isUnresolved()
            && which.test(address)
            && !UNANSWERED.contains(address);
    if (on || set) {
      JdkChannels jdk = Objects.requireNonNull(JdkChannels.ACCESS);
      synchronized (jdk.stateLock(channel)) {
        if (jdk.isUnconnected(channel)) {
          set = deferral.set(jdk.fd(channel), on) ? on : set;
        }
      }
    }
    return on && set;
  }

  /** The connect has returned true: is it deferred? */
  void begin(SocketAddress remote) {
    if (stage() == Stage.WAITING && remote instanceof InetSocketAddress address) {
      destination = address;
      waiting = true;
      Later.run(this::sendSynNow, silence);
    }
  }

  boolean isWaiting() {
    return waiting;
  }

  /** What was written, if anything, has taken the SYN with it. */
  void written(long bytes) {
    if (bytes > 0) {
      sent();
    }
  }

  /**
   * A first write has thrown. Where the cookie has gone since the connect, the kernel has sent the
   * SYN without the data and calls that an error; for the writer it means that nothing is written
   * yet.
   *
   * @return 0, if that is what happened
   * @throws IOException the exception, if not
   */
  int nothingWritten(IOException e) throws IOException {
    Stage stage = stage();
    if (stage == Stage.PENDING || stage == Stage.CONNECTED) {
      sent();
      return 0;
    }
    throw e;
  }

  /** Sends the SYN without data, if it still waits for a write. */
  void sendSynNow() {
    if (!waiting) {
      return;
    }
    JdkChannels jdk = Objects.requireNonNull(JdkChannels.ACCESS);
    synchronized (jdk.stateLock(channel)) {
      if (channel.isOpen() && deferral.stage(jdk.fd(channel)) == Stage.WAITING) {
        deferral.sendEmptySyn(jdk.fd(channel));
      }
    }
    sent();
  }

  /** The SYN is out: will it be answered? */
  private void sent() {
    waiting = false;
    var self = new WeakReference<>(this);
    Later.run(() -> lookForAnswer(self.get()), Unanswered.AFTER);
  }

  private static void lookForAnswer(@Nullable DeferredConnect connect) {
    if (connect == null || connect.stage() != Stage.PENDING) {
      return;
    }
    InetSocketAddress destination = connect.destination;
    if (destination != null) {
      UNANSWERED.add(destination);
    }
  }

  private Stage stage() {
    JdkChannels jdk = Objects.requireNonNull(JdkChannels.ACCESS);
    synchronized (jdk.stateLock(channel)) {
      return channel.isOpen() ? deferral.stage(jdk.fd(channel)) : Stage.FAILED;
    }
  }
}
