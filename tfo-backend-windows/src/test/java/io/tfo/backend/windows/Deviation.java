package io.tfo.backend.windows;

import java.time.Duration;

/** How a simulated Windows differs from an ordinary one. Immutable. */
final class Deviation implements Cloneable {
  /** An ordinary Windows. */
  static final Deviation NONE = new Deviation();

  private int optionError;
  private int lookupError;
  private boolean immediate;
  private Duration late = Duration.ZERO;
  private int contextError;
  private int error;
  private boolean cancelLoses;
  private int refusal;
  private int mostSent = Integer.MAX_VALUE;
  private boolean before1709;

  private Deviation() {}

  private Deviation copy() {
    try {
      return (Deviation) clone();
    } catch (CloneNotSupportedException e) {
      throw new AssertionError(e);
    }
  }

  /** Returns a Windows that repeats a SYN once at least, also on loopback. */
  Deviation olderThan1709() {
    Deviation copy = copy();
    copy.before1709 = true;
    return copy;
  }

  /** Says whether a SYN is repeated once at least. */
  boolean before1709() {
    return before1709;
  }

  /** Returns the error of setting TCP_FASTOPEN to 1; 0: it is set. */
  int optionError() {
    return optionError;
  }

  /** Returns the error of looking ConnectEx up; 0: it is found. */
  int lookupError() {
    return lookupError;
  }

  /**
   * Says whether ConnectEx is complete before it returns, where that takes no longer than a second.
   */
  boolean immediate() {
    return immediate;
  }

  /** Returns how long a completion is held back. */
  Duration late() {
    return late;
  }

  /** Returns the error of SO_UPDATE_CONNECT_CONTEXT; 0: it is done. */
  int contextError() {
    return contextError;
  }

  /** Returns the error that a connect ends with; 0: what the network says. */
  int error() {
    return error;
  }

  /** Says whether CancelIoEx comes too late. */
  boolean cancelLoses() {
    return cancelLoses;
  }

  /** Returns the error that ConnectEx returns at once; 0: it begins. */
  int refusal() {
    return refusal;
  }

  /** Returns how many bytes ConnectEx sends at most. */
  int mostSent() {
    return mostSent;
  }

  Deviation withOptionError(int code) {
    Deviation copy = copy();
    copy.optionError = code;
    return copy;
  }

  Deviation withLookupError(int code) {
    Deviation copy = copy();
    copy.lookupError = code;
    return copy;
  }

  Deviation withImmediateCompletion() {
    Deviation copy = copy();
    copy.immediate = true;
    return copy;
  }

  Deviation withLateCompletion(Duration time) {
    Deviation copy = copy();
    copy.late = time;
    return copy;
  }

  Deviation withContextError(int code) {
    Deviation copy = copy();
    copy.contextError = code;
    return copy;
  }

  Deviation withError(int code) {
    Deviation copy = copy();
    copy.error = code;
    return copy;
  }

  Deviation withCancelThatLoses() {
    Deviation copy = copy();
    copy.cancelLoses = true;
    return copy;
  }

  Deviation withRefusal(int code) {
    Deviation copy = copy();
    copy.refusal = code;
    return copy;
  }

  Deviation withMostSent(int bytes) {
    Deviation copy = copy();
    copy.mostSent = bytes;
    return copy;
  }
}
