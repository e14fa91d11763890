package io.tfo.jna;

import io.tfo.jna.AsynchronousConnect.Use;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A future of the JDK's that reports its result to a connect when the program asks for it. */
final class ObservedFuture<V> implements Future<V> {
  private final Future<V> jdk;
  private final AsynchronousConnect connect;
  private final Use use;
  private final UnaryOperator<V> result;

  /**
   * Creates it.
   *
   * @param result converts the JDK's result to the result for the program
   */
  ObservedFuture(Future<V> jdk, AsynchronousConnect connect, Use use, UnaryOperator<V> result) {
    this.jdk = jdk;
    this.connect = connect;
    this.use = use;
    this.result = result;
    if (jdk.isDone()) {
      tell();
    }
  }

  /** Reports the result of a future that is done. */
  private void tell() {
    try {
      V unused = get();
    } catch (ExecutionException | CancellationException e) {
      // The connect has got the exception.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private ExecutionException told(ExecutionException e) {
    Throwable told = connect.failed(e.getCause());
    return told == e.getCause() ? e : new ExecutionException(told);
  }

  private V told(@Nullable V value) {
    connect.completed(use, value instanceof Number bytes ? bytes.longValue() : 0);
    return result.apply(value);
  }

  @Override
  public V get() throws InterruptedException, ExecutionException {
    V value;
    try {
      value = jdk.get();
    } catch (ExecutionException e) {
      throw told(e);
    }
    return told(value);
  }

  @Override
  public V get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    V value;
    try {
      value = jdk.get(timeout, unit);
    } catch (ExecutionException e) {
      throw told(e);
    }
    return told(value);
  }

  @Override
  public boolean isDone() {
    boolean done = jdk.isDone();
    if (done) {
      tell();
    }
    return done;
  }

  @Override
  public boolean isCancelled() {
    return jdk.isCancelled();
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return jdk.cancel(mayInterruptIfRunning);
  }
}
