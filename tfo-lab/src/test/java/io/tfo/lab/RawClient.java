package io.tfo.lab;

import static io.tfo.lab.ErrnoException.check;

import io.tfo.lab.libc.Libc;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Sends data with MSG_FASTOPEN on a C socket, and reads the echo. */
final class RawClient {
  private static final int SO_RCVTIMEO = 20;
  private static final int SO_SNDTIMEO = 21;
  private static final long TIMEOUT_SECONDS = 20;

  private RawClient() {}

  /** Returns what came back. */
  static byte[] exchange(Lab lab, InetSocketAddress server, byte[] data) throws Exception {
    return lab.client().call(() -> exchange(server, data));
  }

  private static byte[] exchange(InetSocketAddress server, byte[] data) throws IOException {
    byte[] address = socketAddress(server);
    int family = address.length == 16 ? Libc.AF_INET : Libc.AF_INET6;
    int fd = check("socket", Libc.socket(family, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0));
    try {
      byte[] timeout =
          ByteBuffer.allocate(16)
              .order(ByteOrder.nativeOrder())
              .putLong(TIMEOUT_SECONDS)
              .putLong(0)
              .array();
      check("SO_RCVTIMEO", Libc.setsockopt(fd, Libc.SOL_SOCKET, SO_RCVTIMEO, timeout, 16));
      check("SO_SNDTIMEO", Libc.setsockopt(fd, Libc.SOL_SOCKET, SO_SNDTIMEO, timeout, 16));
      long sent = Libc.sendto(fd, data, data.length, Libc.MSG_FASTOPEN, address, address.length);
      check("sendto(MSG_FASTOPEN)", sent);
      ByteArrayOutputStream echo = new ByteArrayOutputStream();
      byte[] buffer = new byte[4096];
      while (echo.size() < sent) {
        int read = (int) check("recv", Libc.recv(fd, buffer, buffer.length, 0));
        if (read == 0) {
          break;
        }
        echo.writeBytes(Arrays.copyOf(buffer, read));
      }
      return echo.toByteArray();
    } finally {
      Libc.close(fd);
    }
  }

  private static byte[] socketAddress(InetSocketAddress address) {
    byte[] ip = address.getAddress().getAddress();
    boolean ipv4 = ip.length == 4;
    ByteBuffer buffer = ByteBuffer.allocate(ipv4 ? 16 : 28).order(ByteOrder.nativeOrder());
    buffer.putShort((short) (ipv4 ? Libc.AF_INET : Libc.AF_INET6));
    buffer.put((byte) (address.getPort() >> 8)).put((byte) address.getPort());
    if (ipv4) {
      buffer.put(ip);
    } else {
      buffer.putInt(0).put(ip).putInt(((Inet6Address) address.getAddress()).getScopeId());
    }
    return buffer.array();
  }
}
