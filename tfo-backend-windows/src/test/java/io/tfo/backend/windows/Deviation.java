package io.tfo.backend.windows;

import java.time.Duration;

/**
 * What Windows may do that it does not do every day.
 *
 * @param optionError what setting TCP_FASTOPEN to 1 answers; 0: it is set
 * @param lookupError what the look-up of ConnectEx answers; 0: it is found
 * @param immediate ConnectEx is done before it returns, where that takes no longer than a second
 * @param late how long a completion is held back
 * @param contextError what SO_UPDATE_CONNECT_CONTEXT answers; 0: it is done
 * @param error with what a connect ends, whatever the network did; 0: with what the network did
 * @param cancelLoses CancelIoEx comes too late
 * @param refusal what ConnectEx answers at once; 0: it begins
 * @param mostSent how many bytes ConnectEx sends at most
 */
public record Deviation(
    int optionError,
    int lookupError,
    boolean immediate,
    Duration late,
    int contextError,
    int error,
    boolean cancelLoses,
    int refusal,
    int mostSent) {
  public static final Deviation NONE =
      new Deviation(0, 0, false, Duration.ZERO, 0, 0, false, 0, Integer.MAX_VALUE);

  public Deviation withOptionError(int code) {
    return new Deviation(
        code, lookupError, immediate, late, contextError, error, cancelLoses, refusal, mostSent);
  }

  public Deviation withLookupError(int code) {
    return new Deviation(
        optionError, code, immediate, late, contextError, error, cancelLoses, refusal, mostSent);
  }

  public Deviation withImmediateCompletion() {
    return new Deviation(
        optionError, lookupError, true, late, contextError, error, cancelLoses, refusal, mostSent);
  }

  public Deviation withLateCompletion(Duration time) {
    return new Deviation(
        optionError,
        lookupError,
        immediate,
        time,
        contextError,
        error,
        cancelLoses,
        refusal,
        mostSent);
  }

  public Deviation withError(int code) {
    return new Deviation(
        optionError,
        lookupError,
        immediate,
        late,
        contextError,
        code,
        cancelLoses,
        refusal,
        mostSent);
  }

  public Deviation withContextError(int code) {
    return new Deviation(
        optionError, lookupError, immediate, late, code, error, cancelLoses, refusal, mostSent);
  }

  public Deviation withCancelThatLoses() {
    return new Deviation(
        optionError, lookupError, immediate, late, contextError, error, true, refusal, mostSent);
  }

  public Deviation withMostSent(int bytes) {
    return new Deviation(
        optionError,
        lookupError,
        immediate,
        late,
        contextError,
        error,
        cancelLoses,
        refusal,
        bytes);
  }

  public Deviation withRefusal(int code) {
    return new Deviation(
        optionError,
        lookupError,
        immediate,
        late,
        contextError,
        error,
        cancelLoses,
        code,
        mostSent);
  }
}
