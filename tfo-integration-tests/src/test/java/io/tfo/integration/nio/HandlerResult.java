package io.tfo.integration.nio;

import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;

/** The result that a handler of an asynchronous channel gets, as a future. */
final class HandlerResult<T> extends CompletableFuture<T> implements CompletionHandler<T, String> {
  @Override
  public void completed(T result, String attachment) {
    complete(result);
  }

  @Override
  public void failed(Throwable failure, String attachment) {
    completeExceptionally(failure);
  }
}
