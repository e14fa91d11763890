package io.tfo.integration.docs;

import io.tfo.jna.NativeTcp;

/** The native calls of a system that is not this one: they are never loaded. */
final class MySystemTcp {
  private MySystemTcp() {}

  static NativeTcp load() {
    throw new AssertionError("loaded on a foreign system");
  }
}
