package sun.nio.ch;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The JDK's channel, except that its SYN may wait for the first write. In the JDK's own package, so
 * that the JDK's selectors take it for one of theirs: {@code io.tfo.jna.DeferringChannelClass}
 * defines it there. From there it cannot see {@code io.tfo}, and so speaks to it through the JDK's
 * interfaces.
 */
final class DeferringSocketChannel extends SocketChannelImpl {
  private final BiPredicate<SocketChannel, SocketAddress> defer;
  private final BiFunction<SocketChannel, SocketAddress, BooleanSupplier> deferred;
  private final Consumer<SocketChannel> closing;

  /**
   * Sends the SYN without data if it still waits for a write; false if there will be no connection.
   * Null from the first write on, and where the connect was not deferred.
   */
  private volatile BooleanSupplier syn;

  /**
   * Called by {@code io.tfo.jna.DeferringChannelClass}.
   *
   * @param family the family, or null for the JDK's default
   * @param defer asks the kernel to defer the connect that follows, where that is wanted
   * @param deferred takes notice of a connect that was deferred, and returns its {@link #syn}
   * @param closing has a last look at the channel's descriptor
   */
  DeferringSocketChannel(
      SelectorProvider provider,
      ProtocolFamily family,
      BiPredicate<SocketChannel, SocketAddress> defer,
      BiFunction<SocketChannel, SocketAddress, BooleanSupplier> deferred,
      Consumer<SocketChannel> closing)
      throws IOException {
    super(provider, family == null ? byDefault() : family);
    this.defer = defer;
    this.deferred = deferred;
    this.closing = closing;
  }

  private static ProtocolFamily byDefault() {
    return Net.isIPv6Available() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
  }

  @Override
  public boolean connect(SocketAddress remote) throws IOException {
    boolean asked = defer.test(this, remote);
    boolean connected = super.connect(remote);
    if (asked && connected) {
      syn = deferred.apply(this, remote);
    }
    return connected;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    BooleanSupplier waiting = syn;
    if (waiting == null) {
      return super.write(source);
    }
    try {
      int written = super.write(source);
      written(written);
      return written;
    } catch (IOException e) {
      return nothingWritten(waiting, e);
    }
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    BooleanSupplier waiting = syn;
    if (waiting == null) {
      return super.write(sources, offset, length);
    }
    try {
      long written = super.write(sources, offset, length);
      written(written);
      return written;
    } catch (IOException e) {
      return nothingWritten(waiting, e);
    }
  }

  /** What was written, if anything, has taken the SYN with it. */
  private void written(long bytes) {
    if (bytes > 0) {
      syn = null;
    }
  }

  /**
   * Where the cookie has gone since the connect, the kernel has sent the SYN without the data, and
   * calls that an error; for the writer it means that nothing is written yet.
   */
  private int nothingWritten(BooleanSupplier waiting, IOException e) throws IOException {
    if (e instanceof ClosedChannelException || !waiting.getAsBoolean()) {
      throw e;
    }
    syn = null;
    return 0;
  }

  /**
   * A SYN does not wait in blocking mode: a read would wait for a write, and a signal during that
   * write have it sent twice.
   */
  @Override
  protected void implConfigureBlocking(boolean block) throws IOException {
    BooleanSupplier waiting = syn;
    if (block && waiting != null) {
      waiting.getAsBoolean();
    }
    super.implConfigureBlocking(block);
  }

  @Override
  protected void implCloseSelectableChannel() throws IOException {
    closing.accept(this);
    super.implCloseSelectableChannel();
  }
}
