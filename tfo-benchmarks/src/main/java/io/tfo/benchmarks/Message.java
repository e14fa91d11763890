package io.tfo.benchmarks;

import java.nio.ByteBuffer;

/** Request and reply, of one length. The request begins with how many bytes follow it. */
final class Message {
  static final int LENGTH = 64;

  private Message() {}

  /** A request that so many bytes follow. */
  static byte[] request(long followedBy) {
    return ByteBuffer.allocate(LENGTH).putLong(0, followedBy).array();
  }
}
