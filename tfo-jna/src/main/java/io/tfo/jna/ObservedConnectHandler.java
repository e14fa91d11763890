package io.tfo.jna;

import io.tfo.jna.AsynchronousConnect.Use;
import io.tfo.jna.DeferredConnect.Stage;
import java.io.IOException;
import java.nio.channels.CompletionHandler;

/**
 * Wraps the program's handler of a connect: the connect gets the result first, and may delay the
 * handler.
 */
record ObservedConnectHandler<A>(
    CompletionHandler<Void, ? super A> handler, AsynchronousConnect connect)
    implements CompletionHandler<Void, A> {
  @Override
  public void completed(Void nothing, A attachment) {
    if (connect.begun() == Stage.HELD) {
      try {
        var unused = connect.awaitAnswer(attachment, this);
      } catch (IOException e) {
        failed(e, attachment);
      }
    } else {
      connect.completed(Use.CONNECT, 0);
      handler.completed(null, attachment);
    }
  }

  @Override
  public void failed(Throwable failure, A attachment) {
    handler.failed(connect.failed(failure), attachment);
  }
}
