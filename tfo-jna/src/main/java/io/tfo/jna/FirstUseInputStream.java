package io.tfo.jna;

import java.io.IOException;
import java.io.InputStream;

/** The input of a socket whose connect was deferred: a read connects first. */
final class FirstUseInputStream extends InputStream {
  private final SocketConnect connect;
  private final InputStream in;

  FirstUseInputStream(SocketConnect connect, InputStream in) {
    this.connect = connect;
    this.in = in;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) > 0 ? one[0] & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    return connect.read(in, bytes, offset, length);
  }

  @Override
  public int available() throws IOException {
    return connect.available();
  }

  @Override
  public void close() throws IOException {
    connect.close();
  }
}
