package io.tfo.socket;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The JDK's stream over the channel, which is not there before the channel is connected. */
final class ChannelSocketInput extends InputStream {
  private final ChannelSocketImpl socket;
  private volatile @Nullable InputStream jdk;

  ChannelSocketInput(ChannelSocketImpl socket) {
    this.socket = socket;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    boolean interrupted = PendingInterrupt.putAside();
    try {
      return jdk().read(target, offset, length);
    } catch (IOException e) {
      throw SocketErrors.translated(e);
    } finally {
      PendingInterrupt.putBack(interrupted);
    }
  }

  @Override
  public int available() throws IOException {
    boolean interrupted = PendingInterrupt.putAside();
    try {
      return jdk().available();
    } catch (IOException e) {
      throw SocketErrors.translated(e);
    } finally {
      PendingInterrupt.putBack(interrupted);
    }
  }

  private InputStream jdk() throws IOException {
    InputStream known = jdk;
    if (known == null) {
      Socket connected = socket.connected();
      boolean ended = connected.isInputShutdown() && !connected.isClosed();
      known = ended ? InputStream.nullInputStream() : connected.getInputStream();
      jdk = known;
    }
    return known;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
