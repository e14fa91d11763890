package io.tfo.jna;

import java.io.IOException;
import java.io.OutputStream;

/** The output of a socket whose connect was deferred: the first write is in the SYN. */
final class FirstUseOutputStream extends OutputStream {
  private final SocketConnect connect;
  private final OutputStream out;

  FirstUseOutputStream(SocketConnect connect, OutputStream out) {
    this.connect = connect;
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    connect.write(out, bytes, offset, length);
  }

  @Override
  public void close() throws IOException {
    connect.close();
  }
}
