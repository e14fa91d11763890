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
 * The JDK's channel, whose SYN may wait for the first write. It is in the JDK's package, because
 * its superclass is package-private, and the JDK's selectors accept channels of that class: {@code
 * io.tfo.jna.DeferringChannelClass} defines it there. A class of {@code java.base} cannot see
 * {@code io.tfo}, so it calls it through interfaces of the JDK.
 */
final class DeferringSocketChannel extends SocketChannelImpl {
  private final BiPredicate<SocketChannel, SocketAddress> defer;
  private final BiFunction<SocketChannel, SocketAddress, BooleanSupplier> deferred;
  private final Consumer<SocketChannel> closing;

  /**
   * Sends the SYN without data if it still waits for the first write; returns false if the connect
   * has failed. Null after the first write, and where the connect was not deferred.
   */
  private volatile BooleanSupplier emptySyn;

  /**
   * Called by {@code io.tfo.jna.DeferringChannelClass}.
   *
   * @param family the family, or null for the JDK's default
   * @param defer asks the kernel to defer the connect that follows; returns whether it does
   * @param deferred is told of a connect that was deferred, and returns its {@link #emptySyn}
   * @param closing is called before the channel's descriptor is closed
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
      emptySyn = deferred.apply(this, remote);
    }
    return connected;
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    BooleanSupplier waiting = emptySyn;
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
    BooleanSupplier waiting = emptySyn;
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

  /** The first bytes written have sent the SYN. */
  private void written(long bytes) {
    if (bytes > 0) {
      emptySyn = null;
    }
  }

  /**
   * Returns that no byte was written, where the write has sent the SYN without the data. The kernel
   * reports that as an error (EINPROGRESS) if its cookie has gone since the connect.
   */
  private int nothingWritten(BooleanSupplier waiting, IOException e) throws IOException {
    if (e instanceof ClosedChannelException || !waiting.getAsBoolean()) {
      throw e;
    }
    emptySyn = null;
    return 0;
  }

  /**
   * Sends a waiting SYN before blocking mode: a read would wait for ever, and a signal during the
   * first write would have it sent twice.
   */
  @Override
  protected void implConfigureBlocking(boolean block) throws IOException {
    BooleanSupplier waiting = emptySyn;
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
