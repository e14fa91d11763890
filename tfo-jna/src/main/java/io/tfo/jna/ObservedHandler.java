package io.tfo.jna;

import io.tfo.jna.AsynchronousConnect.Use;
import java.nio.channels.CompletionHandler;
import java.util.function.UnaryOperator;

/**
 * Wraps the program's handler of a read or write: the connect gets the result first.
 *
 * @param handler the program's
 * @param result converts the JDK's result to the result for the program
 */
record ObservedHandler<V extends Number, A>(
    CompletionHandler<V, ? super A> handler,
    AsynchronousConnect connect,
    Use use,
    UnaryOperator<V> result)
    implements CompletionHandler<V, A> {
  @Override
  public void completed(V value, A attachment) {
    connect.completed(use, value.longValue());
    handler.completed(result.apply(value), attachment);
  }

  @Override
  public void failed(Throwable failure, A attachment) {
    handler.failed(connect.failed(failure), attachment);
  }
}
