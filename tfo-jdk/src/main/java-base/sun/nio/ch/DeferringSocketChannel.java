package sun.nio.ch;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;

/**
 * The JDK's channel, whose SYN may wait for the first write. It is in the JDK's package, because
 * its superclass is package-private, and the JDK's selectors accept channels of that class: {@code
 * io.tfo.jdk.DeferringChannelClass} defines it there.
 *
 * <p>A class of {@code java.base} cannot see {@code io.tfo}. So this library's part of a connect is
 * an object of an interface of the JDK, {@code BiPredicate}. The channel calls it with the name of
 * each operation, and with null before the operation, its result after it, or its exception if it
 * failed. A comment at each call tells the meaning of the returned value. Once the SYN is answered,
 * only the JDK's code is used.
 */
final class DeferringSocketChannel extends SocketChannelImpl {
  private final BiFunction<SocketChannel, SocketAddress, BiPredicate<String, Object>> begin;

  /** The connect that is not answered yet; null if there is none. */
  private volatile BiPredicate<String, Object> unanswered;

  /**
   * Whether a thread is in {@code connect}. The superclass treats the channel as connected there,
   * until it is made pending again. That thread holds the monitor of the connect.
   */
  private volatile boolean connects;

  /** Whether the JDK is going to shut it down once the SYN is answered. */
  private volatile boolean inputEnds;

  private volatile boolean outputEnds;

  /**
   * Called by {@code io.tfo.jdk.DeferringChannelClass}.
   *
   * @param family the family, or null for the JDK's default
   * @param begin called before each connect; returns the object to call for its operations, or null
   */
  DeferringSocketChannel(
      SelectorProvider provider,
      ProtocolFamily family,
      BiFunction<SocketChannel, SocketAddress, BiPredicate<String, Object>> begin)
      throws IOException {
    super(provider, family == null ? byDefault() : family);
    this.begin = begin;
  }

  private static ProtocolFamily byDefault() {
    return Net.isIPv6Available() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
  }

  /** A connect that the kernel has deferred is pending. */
  @Override
  public boolean connect(SocketAddress remote) throws IOException {
    BiPredicate<String, Object> connect = begin.apply(this, remote);
    if (connect == null) {
      begun();
      return super.connect(remote);
    }
    synchronized (blockingLock()) { // a change to blocking mode must find the SYN that waits
      if (!isBlocking()) {
        synchronized (connect) {
          return connect(remote, connect);
        }
      }
    }
    connect.test("refused", null);
    return super.connect(remote);
  }

  private boolean connect(SocketAddress remote, BiPredicate<String, Object> connect)
      throws IOException {
    BiPredicate<String, Object> before = unanswered;
    connects = true; // first: who finds this connect waits for its end
    unanswered = connect;
    boolean isBegun = false;
    boolean isPending = false;
    try {
      boolean connected = super.connect(remote);
      isBegun = true;
      isPending = connect.test("connect", connected);
      return connected && !isPending;
    } catch (IOException e) {
      connect.test("connect", e);
      throw e;
    } finally {
      if (!isPending) {
        unanswered = before;
      }
      connects = false;
      if (!isBegun) {
        connect.test("refused", null);
      }
    }
  }

  @Override
  public boolean finishConnect() throws IOException {
    BiPredicate<String, Object> connect = begun();
    if (connect == null) {
      return super.finishConnect();
    }
    if (connect.test("finishConnect", null)) { // whether it is finished
      return true; // the superclass would look again: another thread may have closed it by now
    }
    try {
      boolean finished = super.finishConnect();
      if (!finished) {
        return connect.test("finishConnect", false); // whether it is finished all the same
      }
      progress(connect, "finishConnect");
      return true;
    } catch (IOException e) {
      connect.test("finishConnect", e);
      throw e;
    }
  }

  /**
   * Waits for another thread that is in {@code connect}, as the superclass does. Not called with a
   * lock of the superclass, which that thread may need.
   */
  private BiPredicate<String, Object> begun() {
    BiPredicate<String, Object> connect = unanswered;
    if (connect == null) {
      return null;
    }
    if (!connects) {
      return unanswered; // again: the superclass may have refused that connect
    }
    synchronized (connect) {
      return unanswered;
    }
  }

  /**
   * Returns the connect that is not answered; null if there is none. Without a connect, throws what
   * the superclass throws in non-blocking mode before a connect is finished. The superclass itself
   * would wait for a connect that begins meanwhile, and then use the channel before it is made
   * pending again.
   */
  private BiPredicate<String, Object> used() throws ClosedChannelException {
    boolean isConnected = super.isConnected() || isBlocking(); // before the connect is read
    BiPredicate<String, Object> connect = begun();
    if (connect == null && !isConnected) {
      ensureOpen();
      throw new NotYetConnectedException();
    }
    return connect;
  }

  /** Reports the result of an operation. */
  private void progress(BiPredicate<String, Object> connect, String operation) {
    if (connect.test(operation, true)) { // whether nothing is left to do
      unanswered = null;
    }
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    Objects.requireNonNull(source);
    BiPredicate<String, Object> connect = used();
    if (connect == null) {
      return super.write(source);
    }
    ensureOutput();
    if (source.hasRemaining()) {
      connect.test("write", null);
    }
    try {
      int written = super.write(source);
      if (written > 0) {
        progress(connect, "write");
      }
      return written;
    } catch (IOException e) {
      return nothingWritten(connect, e);
    }
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, sources.length);
    BiPredicate<String, Object> connect = used();
    if (connect == null) {
      return super.write(sources, offset, length);
    }
    ensureOutput();
    if (hasRemaining(sources, offset, length)) {
      connect.test("write", null);
    }
    try {
      long written = super.write(sources, offset, length);
      if (written > 0) {
        progress(connect, "write");
      }
      return written;
    } catch (IOException e) {
      return nothingWritten(connect, e);
    }
  }

  private static boolean hasRemaining(ByteBuffer[] sources, int offset, int length) {
    for (int i = offset; i < offset + length; i++) {
      if (sources[i] != null && sources[i].hasRemaining()) { // the superclass refuses null
        return true;
      }
    }
    return false;
  }

  /** Throws what the JDK throws after {@code shutdownOutput} and {@code close}. */
  private void ensureOutput() throws IOException {
    ensureOpen();
    if (outputEnds) {
      throw new AsynchronousCloseException();
    }
  }

  /**
   * Throws if the channel is closed. The superclass checks its own state, which changes only when a
   * delayed close is carried out.
   */
  private void ensureOpen() throws ClosedChannelException {
    if (!isOpen()) {
      throw new ClosedChannelException();
    }
  }

  /**
   * Returns 0, the number of bytes written, if the write has sent the SYN without the data. The
   * kernel reports that as an error (EINPROGRESS) if its cookie has gone since the connect.
   */
  private static int nothingWritten(BiPredicate<String, Object> connect, IOException e)
      throws IOException {
    if (connect.test("write", e)) {
      return 0;
    }
    throw e;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    Objects.requireNonNull(target);
    BiPredicate<String, Object> connect = used();
    if (connect == null) {
      return super.read(target);
    }
    ensureOpen();
    if (inputEnds) {
      return IOStatus.EOF;
    }
    try {
      int bytes = super.read(target);
      wasRead(connect, bytes);
      return bytes;
    } catch (IOException e) {
      connect.test("read", e);
      throw e;
    }
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, targets.length);
    BiPredicate<String, Object> connect = used();
    if (connect == null) {
      return super.read(targets, offset, length);
    }
    ensureOpen();
    if (inputEnds) {
      return IOStatus.EOF;
    }
    try {
      long bytes = super.read(targets, offset, length);
      wasRead(connect, bytes);
      return bytes;
    } catch (IOException e) {
      connect.test("read", e);
      throw e;
    }
  }

  private void wasRead(BiPredicate<String, Object> connect, long bytes) {
    if (bytes != 0) {
      progress(connect, bytes > 0 ? "read" : "end");
    }
  }

  /** Sends the SYN without data, before an operation that is not a {@code write}. */
  private void use(String operation) {
    BiPredicate<String, Object> connect = unanswered;
    if (connect != null) {
      connect.test(operation, null);
    }
  }

  /**
   * Called before {@code FileChannel.transferTo} writes to the descriptor; in blocking mode also
   * before each wait. That method declares the exception, this one does not.
   */
  @Override
  public FileDescriptor getFD() {
    use("transfer");
    if (outputEnds && !isBlocking()) {
      throw DeferringSocketChannel.<RuntimeException>unchecked(new AsynchronousCloseException());
    }
    return super.getFD();
  }

  @SuppressWarnings("unchecked") // the caller's T need not be the exception's class
  private static <T extends Throwable> T unchecked(Throwable e) throws T {
    throw (T) e;
  }

  /** The system takes no urgent byte before the SYN is answered. */
  @Override
  int sendOutOfBandData(byte data) throws IOException {
    BiPredicate<String, Object> connect = used();
    if (connect != null) {
      ensureOutput();
      connect.test("urgent", null);
    }
    return super.sendOutOfBandData(data);
  }

  @Override
  int available() throws IOException {
    ensureOpen();
    return inputEnds ? 0 : super.available();
  }

  /**
   * Sends a waiting SYN before blocking mode: a read would wait for ever, and a signal during the
   * first write would cause its data to be sent twice.
   */
  @Override
  protected void implConfigureBlocking(boolean block) throws IOException {
    if (block) {
      use("use");
      shutDownNow();
    }
    super.implConfigureBlocking(block);
  }

  /**
   * Waits for the answer, and carries out the delayed shutdowns. The socket's streams, which need
   * blocking mode, look only at what the superclass has shut down.
   */
  private void shutDownNow() throws IOException {
    BiPredicate<String, Object> connect = unanswered;
    if (connect != null && (inputEnds || outputEnds)) {
      connect.test("shutdown", null);
    }
    if (inputEnds) {
      super.shutdownInput();
      inputEnds = false;
    }
    if (outputEnds) {
      super.shutdownOutput();
      outputEnds = false;
    }
  }

  @Override
  public SocketChannel shutdownInput() throws IOException {
    ensureOpen();
    if (!inputEnds && !putOff("shutdownInput")) {
      return super.shutdownInput();
    }
    inputEnds = true;
    return this;
  }

  @Override
  public SocketChannel shutdownOutput() throws IOException {
    ensureOpen();
    if (!outputEnds && !putOff("shutdownOutput")) {
      return super.shutdownOutput();
    }
    outputEnds = true;
    return this;
  }

  /**
   * Delays a shutdown: the kernel discards a connection that is shut down before its SYN is
   * answered.
   */
  private boolean putOff(String end) throws IOException {
    BiPredicate<String, Object> connect = used();
    return connect != null && connect.test(end, null); // whether the JDK's is called later
  }

  @Override
  boolean isInputOpen() {
    return !inputEnds && super.isInputOpen();
  }

  @Override
  boolean isOutputOpen() {
    return !outputEnds && super.isOutputOpen();
  }

  @Override
  public boolean isConnected() {
    return super.isConnected()
        && isOpen()
        && !connects
        && super.isConnected(); // again: it may have been pending only after the first look
  }

  @Override
  protected void implCloseSelectableChannel() throws IOException {
    BiPredicate<String, Object> connect = unanswered;
    if (connect == null || !connect.test("close", null)) { // whether the JDK's is called later
      super.implCloseSelectableChannel();
    }
  }

  /**
   * Corrects the superclass's text, which begins with the wrong class name, and lacks the shutdowns
   * that are not carried out yet.
   */
  @Override
  public String toString() {
    String text = super.toString();
    String ends = (isInputOpen() ? "" : " ishut") + (isOutputOpen() ? "" : " oshut");
    return SocketChannel.class.getName()
        + text.substring(text.indexOf('['))
            .replaceFirst("^\\[connected( ishut)?( oshut)?", "[connected" + ends);
  }
}
