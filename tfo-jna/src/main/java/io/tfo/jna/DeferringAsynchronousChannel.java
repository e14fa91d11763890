package io.tfo.jna;

import io.tfo.jdk.JdkAsynchronousChannels.Shutdown;
import io.tfo.jna.AsynchronousConnect.Use;
import io.tfo.jna.DeferredConnect.Stage;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An asynchronous channel over one of the JDK's, whose SYN may wait for the first write. The JDK's
 * channel does all the work; this one observes the program's calls until the SYN is answered.
 *
 * <p>Not a subclass, as {@code sun.nio.ch.DeferringSocketChannel} is: the JDK's {@code
 * shutdownInput} and {@code shutdownOutput} are final here, and the kernel discards a connection
 * that is shut down before its answer.
 */
final class DeferringAsynchronousChannel extends AsynchronousSocketChannel {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final AsynchronousConnects connects;
  private final AsynchronousSocketChannel channel;

  /**
   * The connect that is not answered yet, or whose first write is not done; null if there is none.
   */
  private volatile @Nullable AsynchronousConnect unanswered;

  /** Whether the kernel defers the next connect, because the JDK has refused the last one. */
  private volatile boolean hasOption;

  DeferringAsynchronousChannel(
      AsynchronousConnects connects,
      AsynchronousChannelProvider provider,
      AsynchronousSocketChannel channel) {
    super(provider);
    this.connects = connects;
    this.channel = channel;
  }

  private @Nullable AsynchronousConnect unanswered() {
    AsynchronousConnect connect = unanswered;
    if (connect == null || !connect.isOver()) {
      return connect;
    }
    if (!connect.isWriting()) {
      unanswered = null;
    }
    return null;
  }

  /**
   * Returns the connect that is not answered; null if there is none.
   *
   * @throws NotYetConnectedException as the JDK throws it until the connect is finished. Below this
   *     channel the JDK's is connected before {@code connect} returns, and would send the SYN.
   */
  private @Nullable AsynchronousConnect used() {
    boolean isConnected = connects.jdk.isConnected(channel); // first: a connect may begin meanwhile
    AsynchronousConnect connect = unanswered();
    if ((connect == null ? !isConnected : connect.isUndecided()) && channel.isOpen()) {
      throw new NotYetConnectedException();
    }
    return connect;
  }

  /**
   * Begins a connect; null if it is left to the JDK.
   *
   * @throws ConnectionPendingException as the JDK throws it during another connect
   */
  private @Nullable AsynchronousConnect begin(SocketAddress remote) {
    if (isUndecided() && channel.isOpen()) {
      throw new ConnectionPendingException();
    }
    AsynchronousConnect connect = connects.begin(channel, remote, hasOption);
    if (isUndecided() && channel.isOpen()) { // begun meanwhile
      if (connect != null) {
        var unused = connects.observations.end(connect);
      }
      throw new ConnectionPendingException();
    }
    if (connect != null) {
      hasOption = connect.hasOption();
      unanswered = connect;
      connects.jdk.observeClose(channel, connect::closing);
    }
    return connect;
  }

  /**
   * Whether a thread is in {@code connect}, or the JDK does not wait yet for the answer to a SYN
   * that was held.
   */
  private boolean isUndecided() {
    AsynchronousConnect connect = unanswered;
    return connect != null && connect.isUndecided();
  }

  /**
   * The JDK has thrown. Either it refuses the connect, for example by its security manager. Or it
   * has called the program's handler in this thread, and the handler has thrown: then the connect
   * has begun.
   */
  private void thrown(AsynchronousConnect connect) {
    if (unanswered == connect && connect.stage == Stage.NEW) {
      unanswered = null;
    }
  }

  @Override
  public Future<Void> connect(SocketAddress remote) {
    AsynchronousConnect connect = begin(remote);
    if (connect == null) {
      return channel.connect(remote);
    }
    try {
      Future<Void> future = channel.connect(remote);
      if (connect.begun() == Stage.HELD) {
        future = connect.awaitAnswer(null, null);
      }
      return new ObservedFuture<>(future, connect, Use.CONNECT, UnaryOperator.identity());
    } catch (IOException e) {
      return CompletableFuture.failedFuture(e);
    } catch (RuntimeException e) {
      thrown(connect);
      throw e;
    }
  }

  @Override
  public <A> void connect(
      SocketAddress remote, A attachment, CompletionHandler<Void, ? super A> handler) {
    AsynchronousConnect connect = handler == null ? null : begin(remote);
    if (connect == null) {
      channel.connect(remote, attachment, handler);
      return;
    }
    try {
      channel.connect(remote, attachment, new ObservedConnectHandler<A>(handler, connect));
    } catch (RuntimeException e) {
      thrown(connect);
      throw e;
    }
    Stage unused = connect.begun();
  }

  @Override
  public Future<Integer> write(ByteBuffer source) {
    AsynchronousConnect connect = source == null ? null : used();
    if (connect == null) {
      return channel.write(source);
    }
    FirstWrite first = new FirstWrite();
    connect.firstWrite(first, source);
    Exception failure = first.failure;
    if (failure != null) { // as the JDK's futures throw it
      return CompletableFuture.failedFuture(
          failure instanceof IOException ? failure : new IOException(failure));
    }
    if (first.isDone()) {
      return CompletableFuture.completedFuture(first.sent);
    }
    Future<Integer> rest =
        first.hasRest
            ? connects.jdk.writeRest(channel, source, null, 0, TimeUnit.SECONDS, null, null)
            : channel.write(first.isEmpty ? NOTHING : source);
    return new ObservedFuture<>(rest, connect, Use.WRITE, written -> written + first.sent);
  }

  @Override
  public <A> void write(
      ByteBuffer source,
      long timeout,
      TimeUnit unit,
      A attachment,
      CompletionHandler<Integer, ? super A> handler) {
    AsynchronousConnect connect = source == null || handler == null ? null : used();
    if (connect == null) {
      channel.write(source, timeout, unit, attachment, handler);
      return;
    }
    FirstWrite first = new FirstWrite();
    var observed =
        new ObservedHandler<Integer, A>(
            handler, connect, Use.WRITE, written -> written + first.sent);
    connect.firstWrite(first, source);
    if (first.isDone()) {
      connects.jdk.complete(channel, handler, attachment, first.sent, first.failure);
    } else if (first.hasRest) {
      var unused =
          connects.jdk.writeRest(channel, source, null, timeout, unit, attachment, observed);
    } else {
      channel.write(first.isEmpty ? NOTHING : source, timeout, unit, attachment, observed);
    }
  }

  @Override
  public <A> void write(
      ByteBuffer[] sources,
      int offset,
      int length,
      long timeout,
      TimeUnit unit,
      A attachment,
      CompletionHandler<Long, ? super A> handler) {
    AsynchronousConnect connect =
        handler == null || !isRange(offset, length, sources.length) ? null : used();
    if (connect == null) {
      channel.write(sources, offset, length, timeout, unit, attachment, handler);
      return;
    }
    ByteBuffer[] range = Arrays.copyOfRange(sources, offset, offset + length);
    FirstWrite first = new FirstWrite();
    var observed =
        new ObservedHandler<Long, A>(handler, connect, Use.WRITE, written -> written + first.sent);
    connect.firstWrite(first, range);
    if (first.isDone()) {
      connects.jdk.complete(channel, handler, attachment, (long) first.sent, first.failure);
    } else if (first.hasRest) {
      var unused =
          connects.jdk.writeRest(channel, null, range, timeout, unit, attachment, observed);
    } else if (first.isEmpty) {
      channel.write(new ByteBuffer[] {NOTHING}, 0, 1, timeout, unit, attachment, observed);
    } else {
      channel.write(range, 0, length, timeout, unit, attachment, observed);
    }
  }

  private static boolean isRange(int offset, int length, int all) {
    return offset >= 0 && length >= 0 && offset <= all - length;
  }

  @Override
  public Future<Integer> read(ByteBuffer target) {
    AsynchronousConnect connect = target == null || target.isReadOnly() ? null : used();
    Future<Integer> future = channel.read(target);
    return connect == null
        ? future
        : new ObservedFuture<>(future, connect, Use.READ, UnaryOperator.identity());
  }

  @Override
  public <A> void read(
      ByteBuffer target,
      long timeout,
      TimeUnit unit,
      A attachment,
      CompletionHandler<Integer, ? super A> handler) {
    AsynchronousConnect connect =
        handler == null || target == null || target.isReadOnly() ? null : used();
    channel.read(target, timeout, unit, attachment, observed(connect, handler));
  }

  @Override
  public <A> void read(
      ByteBuffer[] targets,
      int offset,
      int length,
      long timeout,
      TimeUnit unit,
      A attachment,
      CompletionHandler<Long, ? super A> handler) {
    AsynchronousConnect connect =
        handler == null || !areTargets(targets, offset, length) ? null : used();
    channel.read(targets, offset, length, timeout, unit, attachment, observed(connect, handler));
  }

  private static boolean areTargets(ByteBuffer[] targets, int offset, int length) {
    boolean are = isRange(offset, length, targets.length);
    for (int i = offset; are && i < offset + length; i++) {
      are = !targets[i].isReadOnly();
    }
    return are;
  }

  private static <V extends Number, A> CompletionHandler<V, ? super A> observed(
      @Nullable AsynchronousConnect connect, CompletionHandler<V, ? super A> handler) {
    return connect == null
        ? handler
        : new ObservedHandler<V, A>(handler, connect, Use.READ, UnaryOperator.identity());
  }

  @Override
  public AsynchronousSocketChannel shutdownInput() throws IOException {
    return shutdown(Shutdown.INPUT);
  }

  @Override
  public AsynchronousSocketChannel shutdownOutput() throws IOException {
    return shutdown(Shutdown.OUTPUT);
  }

  private AsynchronousSocketChannel shutdown(Shutdown which) throws IOException {
    AsynchronousConnect used = used();
    AsynchronousConnect connect = used == null ? unanswered : used; // the first write may go on
    if (connect == null || !connect.delay(which)) {
      AsynchronousSocketChannel unused =
          which == Shutdown.INPUT ? channel.shutdownInput() : channel.shutdownOutput();
    }
    return this;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public AsynchronousSocketChannel bind(@Nullable SocketAddress local) throws IOException {
    AsynchronousSocketChannel unused = channel.bind(local);
    return this;
  }

  @Override
  public <T> AsynchronousSocketChannel setOption(SocketOption<T> name, T value) throws IOException {
    AsynchronousSocketChannel unused = channel.setOption(name, value);
    return this;
  }

  @Override
  public <T> T getOption(SocketOption<T> name) throws IOException {
    return channel.getOption(name);
  }

  @Override
  public Set<SocketOption<?>> supportedOptions() {
    return channel.supportedOptions();
  }

  @Override
  public @Nullable SocketAddress getLocalAddress() throws IOException {
    return channel.getLocalAddress();
  }

  @Override
  public @Nullable SocketAddress getRemoteAddress() throws IOException {
    if (channel.getRemoteAddress() == null) {
      return null;
    }
    return isUndecided() ? null : channel.getRemoteAddress(); // again: it may be pending by now
  }

  @Override
  public String toString() {
    return connects.jdk.text(channel);
  }
}
