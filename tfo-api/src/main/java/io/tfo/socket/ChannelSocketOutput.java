package io.tfo.socket;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The JDK's stream over the channel; before it is connected, the first data connects it. */
final class ChannelSocketOutput extends OutputStream {
  /**
   * How much of the first write is left to the connect: more than a SYN of the Internet takes, and
   * less than a write would have to wait for, as that is not what the connect's timeout is for.
   */
  private static final int MOST_FIRST_DATA = 8 * 1024;

  private final ChannelSocketImpl socket;
  private volatile @Nullable OutputStream jdk;

  ChannelSocketOutput(ChannelSocketImpl socket) {
    this.socket = socket;
  }

  @Override
  public void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public void write(byte[] source, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, source.length);
    if (length == 0) {
      return;
    }
    boolean interrupted = PendingInterrupt.putAside();
    try {
      OutputStream known = jdk;
      int sent = 0;
      if (known == null) {
        sent = socket.connectWith(source, offset, Math.min(length, MOST_FIRST_DATA));
        known = socket.connected().getOutputStream();
        jdk = known;
      }
      if (sent < length) {
        known.write(source, offset + sent, length - sent);
      }
    } catch (IOException e) {
      throw SocketErrors.translated(e);
    } finally {
      PendingInterrupt.putBack(interrupted);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
