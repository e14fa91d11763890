package io.tfo.integration.places;

import com.sun.jna.Native;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.lab.libc.Libc;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.IntConsumer;

/**
 * One setting in one place: the statements of the capabilities, and the kernel's counters. The
 * classes are loaded anew for each cell, so that nothing is remembered of the cell before.
 */
final class Cell {
  private static final byte[] DATA = "data in the SYN".getBytes(StandardCharsets.US_ASCII);
  private static final Path NETSTAT = Path.of("/proc/thread-self/net/netstat");
  private static final int CLIENT = 1;
  private static final int NO_COOKIE = 4;

  private final int setting;
  private final IntConsumer write;
  private final Executor unfiltered;
  private final InetAddress address;

  private Cell(int setting, IntConsumer write, Executor unfiltered, int number) throws IOException {
    this.setting = setting;
    this.write = write;
    this.unfiltered = unfiltered;
    this.address = InetAddress.getByAddress(new byte[] {127, 1, (byte) number, 1});
  }

  /**
   * Fills a cell, whose setting is there already.
   *
   * @param write sets the setting from outside of the place
   * @param unfiltered runs on a thread that makes every call
   * @param number chooses an address of the loopback interface, of which no cookie is known
   */
  static String fill(int setting, IntConsumer write, Executor unfiltered, int number)
      throws Exception {
    return new Cell(setting, write, unfiltered, number).fill();
  }

  private String fill() throws Exception {
    FastOpenCapability client = FastOpenConnector.system().capability();
    FastOpenCapability server = FastOpenListener.system().capability();
    try (ServerSocketChannel listener =
        FastOpenListener.system().open(new InetSocketAddress(address, 0), 50, 50)) {
      InetSocketAddress remote = (InetSocketAddress) listener.getLocalAddress();
      long option = counted("CookieReqd", "Active", "ActiveFail");
      for (int i = 0; i < 2; i++) {
        SocketChannel channel = FastOpenConnector.system().open(remote, ByteBuffer.wrap(DATA));
        try (channel;
            SocketChannel accepted = listener.accept()) {
          receive(accepted);
        }
      }
      boolean asks = counted("CookieReqd", "Active", "ActiveFail") > option;
      write.accept((setting & ~NO_COOKIE) | CLIENT);
      long passive = counted("Passive");
      for (int i = 0; i < 2; i++) {
        FutureTask<Boolean> connect = new FutureTask<>(() -> connectByHand(remote));
        unfiltered.execute(connect);
        try (SocketChannel accepted = listener.accept()) {
          receive(accepted);
        }
        connect.get();
      }
      boolean accepts = counted("Passive") > passive;
      write.accept(setting);
      return String.join("\t", side("client", client, asks), side("server", server, accepts));
    }
  }

  private static String side(String side, FastOpenCapability says, boolean onTheWire) {
    return String.join(
        "\t",
        side,
        says.status().name(),
        onTheWire ? "on" : "off",
        says.detail(),
        says.remedy().orElse(""));
  }

  private static void receive(SocketChannel accepted) throws IOException {
    byte[] got = accepted.socket().getInputStream().readNBytes(DATA.length);
    if (!new String(got, StandardCharsets.US_ASCII).equals("data in the SYN")) {
      throw new IOException("received " + got.length + " bytes that were not sent");
    }
  }

  private static long counted(String... names) throws IOException {
    List<List<String>> table =
        Files.readAllLines(NETSTAT).stream()
            .filter(line -> line.startsWith("TcpExt:"))
            .map(line -> List.of(line.split(" ")))
            .toList();
    long sum = 0;
    for (String name : names) {
      sum += Long.parseLong(table.get(1).get(table.get(0).indexOf("TCPFastOpen" + name)));
    }
    return sum;
  }

  /** Connects as no backend of ours does, with data and the cookie if there is one. */
  private static boolean connectByHand(InetSocketAddress remote) throws IOException {
    byte[] to =
        ByteBuffer.allocate(16)
            .order(ByteOrder.nativeOrder())
            .putShort((short) Libc.AF_INET)
            .order(ByteOrder.BIG_ENDIAN)
            .putShort((short) remote.getPort())
            .put(remote.getAddress().getAddress())
            .array();
    int fd = Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM, 0);
    try {
      if (Libc.sendto(fd, DATA, DATA.length, Libc.MSG_FASTOPEN, to, to.length) != DATA.length) {
        throw new IOException("sendto: errno " + Native.getLastError());
      }
      return true;
    } finally {
      Libc.close(fd);
    }
  }
}
