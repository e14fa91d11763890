package sun.nio.ch;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The JDK's asynchronous channel, which reports its close. The program, the group, a cancelled
 * future and a failed connect all close it by the same method. It is in the JDK's package, as
 * {@code DeferringSocketChannel} is: {@code io.tfo.jdk.JdkAsynchronousChannels} defines it there.
 * It is not for Windows, where the JDK has another class.
 */
final class ObservedAsynchronousSocketChannel extends UnixAsynchronousSocketChannelImpl
    implements Consumer<IntConsumer> {
  private volatile IntConsumer observer;

  /** Called by {@code io.tfo.jdk.JdkAsynchronousChannels}. */
  ObservedAsynchronousSocketChannel(Port port) throws IOException {
    super(port);
  }

  /**
   * Sets the observer; null for none. It is called with the descriptor when the channel is marked
   * as closed and no thread uses the descriptor any more, before the descriptor is closed.
   */
  @Override
  public void accept(IntConsumer newObserver) {
    observer = newObserver;
  }

  @Override
  void implClose() throws IOException {
    IntConsumer told = observer;
    try {
      if (told != null) {
        told.accept(IOUtil.fdVal(fd));
      }
    } catch (Throwable e) {
      // For example no memory, no thread, or the program's log fails: the channel is closed all the
      // same.
    }
    super.implClose();
  }
}
