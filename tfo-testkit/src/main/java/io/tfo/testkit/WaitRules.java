package io.tfo.testkit;

import io.tfo.FastOpenConnector;
import io.tfo.lab.FullListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.InterruptibleChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

/** The rules for a connect that waits: it ends by a timeout, an interrupt or a close. */
final class WaitRules {
  private static final String ANSWERED = "a listener with a full queue still answers";

  static final List<Rule> RULES =
      List.of(
          Rule.must(
                  "C30",
                  "a timeout throws SocketTimeoutException and closes the channel",
                  RuleSource.javadoc(FastOpenConnector.class, "connect"),
                  WaitRules::timeout)
              .skippedWhen(ANSWERED),
          Rule.must(
                  "C31",
                  "an interrupt throws ClosedByInterruptException and closes the channel",
                  RuleSource.javadoc(SocketChannel.class, "connect"),
                  WaitRules::interrupt)
              .skippedWhen(ANSWERED),
          Rule.must(
              "C32",
              "an interrupt that came before the connect ends it at once",
              RuleSource.javadoc(InterruptibleChannel.class),
              WaitRules::interruptedBefore),
          Rule.must(
                  "C33",
                  "a close by another thread throws AsynchronousCloseException",
                  RuleSource.javadoc(SocketChannel.class, "connect"),
                  WaitRules::close)
              .skippedWhen(ANSWERED),
          Rule.must(
              "C34",
              "a timeout that is not reached leaves the channel alone",
              RuleSource.javadoc(FastOpenConnector.class, "connect"),
              WaitRules::inTime));

  private static final Duration SOON = Duration.ofMillis(200);

  private WaitRules() {}

  private static FullListener unanswering() throws IOException {
    try {
      return new FullListener();
    } catch (IllegalStateException e) {
      throw new RuleSkipped(String.valueOf(e.getMessage()));
    }
  }

  private static void timeout(TestedBackend s) throws Exception {
    try (FullListener server = unanswering();
        SocketChannel channel = SocketChannel.open()) {
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(10));
      InetSocketAddress address = server.address();
      long start = System.nanoTime();
      Expect.thrown(
          "a connect that is not answered",
          SocketTimeoutException.class,
          () -> s.connector().connect(channel, address, data, SOON));
      Duration taken = Duration.ofNanos(System.nanoTime() - start);
      Expect.that(taken.compareTo(SOON) >= 0, "a timeout of %s ended after %s", SOON, taken);
      Expect.that(taken.toSeconds() < 20, "a timeout of %s ended after %s", SOON, taken);
      Expect.equal("isOpen after a timeout", false, channel.isOpen());
      Expect.equal("the data's position after a timeout", 0, data.position());
    }
  }

  private static void interrupt(TestedBackend s) throws Exception {
    ends(
        s,
        "interrupted",
        ClosedByInterruptException.class,
        (thread, channel) -> thread.interrupt());
  }

  private static void close(TestedBackend s) throws Exception {
    ends(s, "closed", AsynchronousCloseException.class, (thread, channel) -> channel.close());
  }

  private interface End {
    void end(Thread connecting, SocketChannel channel) throws Exception;
  }

  private static void ends(TestedBackend s, String what, Class<? extends Throwable> thrown, End end)
      throws Exception {
    try (FullListener server = unanswering();
        SocketChannel channel = SocketChannel.open()) {
      InetSocketAddress address = server.address();
      FutureTask<Throwable> connect =
          new FutureTask<>(connecting(s.connector(), channel, address, thrown, what));
      Thread thread = CapturingServer.daemon(connect);
      thread.start();
      waitUntilPending(channel, thread);
      end.end(thread, channel);
      connect.get(10, TimeUnit.SECONDS);
      Expect.equal("isOpen after the connect was " + what, false, channel.isOpen());
    }
  }

  private static Callable<Throwable> connecting(
      FastOpenConnector connector,
      SocketChannel channel,
      InetSocketAddress address,
      Class<? extends Throwable> thrown,
      String what) {
    return () ->
        Expect.thrown(
            "a connect that is " + what,
            thrown,
            () -> connector.connect(channel, address, ByteBuffer.wrap(TestData.bytes(10))));
  }

  /**
   * Waits until the connect is pending and its thread waits in a native call. Before JDK 23 an
   * interrupt is lost if it comes as that wait begins (JDK-8323782).
   */
  private static void waitUntilPending(SocketChannel channel, Thread thread) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (System.nanoTime() < deadline) {
      if (channel.isConnectionPending() && waitsInNative(thread)) {
        return;
      }
      Thread.onSpinWait();
    }
    throw new AssertionError("a blocking connect that is not answered is never pending");
  }

  /**
   * Whether the thread waits, and does not change the channel's mode, which the JDK also does in a
   * native call before the wait.
   */
  private static boolean waitsInNative(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length > 0
        && stack[0].isNativeMethod()
        && !stack[0].getMethodName().equals("configureBlocking");
  }

  private static void interruptedBefore(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain();
        SocketChannel channel = SocketChannel.open()) {
      InetSocketAddress address = peer.address();
      FutureTask<Throwable> connect =
          new FutureTask<>(
              () -> {
                Thread.currentThread().interrupt();
                Throwable thrown =
                    connecting(
                            s.connector(),
                            channel,
                            address,
                            ClosedByInterruptException.class,
                            "interrupted before")
                        .call();
                Expect.equal("the interrupt status", true, Thread.interrupted());
                return thrown;
              });
      CapturingServer.daemon(connect).start();
      connect.get(10, TimeUnit.SECONDS);
      Expect.equal("isOpen", false, channel.isOpen());
      try (SocketChannel next = SocketChannel.open(address)) {
        next.write(ByteBuffer.wrap(TestData.bytes(3)));
        CapturingServer.finish(next);
      }
      Expect.sameBytes("the first data at the server", TestData.bytes(3), peer.next().bytes());
    }
  }

  private static void inTime(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain();
        SocketChannel channel = SocketChannel.open()) {
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(200_000));
      Expect.equal(
          "connect's result",
          true,
          s.connector().connect(channel, peer.address(), data, Duration.ofSeconds(20)));
      ClientRules.expectSent(channel, data, peer, 200_000);
    }
  }
}
