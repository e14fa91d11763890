package io.tfo.benchmarks;

import java.nio.ByteBuffer;

/** Request and reply, of one length. The request begins with the number of bytes that follow it. */
final class Message {
  static final int LENGTH = 64;

  private Message() {}

  /** A request that announces {@code followedBy} more bytes. */
  static byte[] request(long followedBy) {
    return ByteBuffer.allocate(LENGTH).putLong(0, followedBy).array();
  }
}
