package sun.nio.ch;

import java.io.IOException;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/**
 * The JDK's asynchronous channel, which tells of its close. The program, its group, a cancelled
 * future and a connect that failed close it, and all by one method. In the JDK's package, as {@code
 * DeferringSocketChannel} is: {@code io.tfo.jdk.JdkAsynchronousChannels} defines it there. Not on
 * Windows, where the JDK has another class.
 */
final class ObservedAsynchronousSocketChannel extends UnixAsynchronousSocketChannelImpl
    implements Consumer<IntConsumer> {
  private volatile IntConsumer observer;

  /** Called by {@code io.tfo.jdk.JdkAsynchronousChannels}. */
  ObservedAsynchronousSocketChannel(Port port) throws IOException {
    super(port);
  }

  /**
   * Sets what is called with the descriptor when the channel is marked as closed, and no thread
   * uses the descriptor any more, before it is closed; null if nothing is.
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
      // No memory, no thread, the program's logging: the channel is closed all the same.
    }
    super.implClose();
  }
}
