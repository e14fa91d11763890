package io.tfo.integration.fleet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Runs in a JVM that system properties configure, and prints what the wire shows. */
final class SettingsProgram {
  private static final byte[] DATA = "one request".getBytes(US_ASCII);
  private static final int PORT = 9000;
  private static final long MOST_NANOS = 30_000_000_000L;

  private final Lab lab;

  private SettingsProgram(Lab lab) {
    this.lab = lab;
  }

  /** The arguments are {@code keys FILE} or {@code cookies}. */
  public static void main(String[] arguments) throws Exception {
    try (Lab lab = Lab.open()) {
      SettingsProgram program = new SettingsProgram(lab);
      if (arguments[0].equals("keys")) {
        program.keys(Path.of(arguments[1]));
      } else {
        program.cookies();
      }
    }
  }

  private InetSocketAddress server(int number) {
    return new InetSocketAddress(lab.server().ipv4(), PORT + number);
  }

  private FastOpenOutcome connect(int number) throws Exception {
    return lab.client()
        .call(
            () -> {
              FastOpenConnector connector = FastOpenConnector.system();
              try (SocketChannel channel = connector.open(server(number), ByteBuffer.wrap(DATA))) {
                return connector.outcome(channel);
              }
            });
  }

  /** A listener of each kind, with the keys of the file. */
  private void keys(Path file) throws Exception {
    try (ServerSocketChannel ofListener =
            lab.server().call(() -> FastOpenListener.system().open(server(0), 200, 100));
        ServerSocket ofFactory =
            lab.server()
                .call(
                    () ->
                        FastOpenServerSocketFactory.system()
                            .createServerSocket(PORT + 1, 200, lab.server().ipv4()));
        ServerSocketChannel ofProvider =
            lab.server().call(() -> ServerSocketChannel.open().bind(server(2), 200))) {
      System.out.println("first " + connect(0));
      lab.server().sysctl("net.ipv4.tcp_fastopen_key", "9-9-9-9");
      System.out.println("same keys " + connect(0) + " " + connect(1) + " " + connect(2));
      replace(file, "# nothing");
      await(() -> words().contains("it has no keys"));
      System.out.println("bad file " + connect(0) + " " + connect(1) + " " + connect(2));
      replace(file, "0000000a-0000000b-0000000c-0000000d");
      await(() -> connect(0) == FastOpenOutcome.SYN_DATA_NOT_ACKED);
      for (int i = 0; i < 3; i++) {
        int number = i;
        await(() -> connect(number) == FastOpenOutcome.SYN_DATA_ACKED);
      }
      await(() -> !words().contains("it has no keys"));
      System.out.println("reloaded " + connect(0) + " " + connect(1) + " " + connect(2));
      System.out.println(ofListener.isOpen() && !ofFactory.isClosed() && ofProvider.isOpen());
    }
  }

  private String words() throws Exception {
    return lab.server().call(() -> FastOpenListener.system().capability().detail());
  }

  private static void replace(Path file, String content) throws IOException {
    Path next = file.resolveSibling("next");
    Files.writeString(next, content);
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long start = System.nanoTime();
    while (!condition.call()) {
      if (System.nanoTime() - start > MOST_NANOS) {
        throw new AssertionError("not within 30 s");
      }
      LockSupport.parkNanos(20_000_000);
    }
  }

  private interface Client {
    void request() throws Exception;
  }

  /**
   * Two requests by each kind of client, to a server that accepts data without a cookie. Their SYNs
   * wait for the first write, however long a busy machine takes.
   */
  private void cookies() throws Exception {
    System.out.println("capability " + FastOpenConnector.system().capability());
    try (ServerSocketChannel listening =
        lab.server()
            .call(
                () ->
                    FastOpenListener.system().withoutCookie(l -> true).open(server(0), 200, 100))) {
      lab.server().start(() -> answer(listening));
      List<Client> clients = List.of(this::byConnector, this::bySocket, this::byChannel);
      for (Client each : clients) {
        lab.wire().forget();
        for (int i = 0; i < 2; i++) {
          StoppedTimer.during(
              () ->
                  lab.client()
                      .call(
                          () -> {
                            each.request();
                            return null;
                          }));
        }
        StringBuilder line = new StringBuilder("syns");
        for (Segment syn : lab.wire().syns()) {
          line.append(
              String.format(
                  Locale.ROOT,
                  " %d%s",
                  syn.payloadLength(),
                  syn.hasFastOpenOption() ? " with option" : ""));
        }
        System.out.println(line);
      }
      System.out.println(
          "excluded " + FastOpenStatistics.snapshot().plain().get(PlainReason.EXCLUDED));
    }
  }

  private static Void answer(ServerSocketChannel listening) throws IOException {
    while (true) {
      try (SocketChannel accepted = listening.accept()) {
        accepted.read(ByteBuffer.allocate(100));
        accepted.write(ByteBuffer.wrap(DATA));
      }
    }
  }

  private void byConnector() throws IOException {
    try (SocketChannel channel =
        FastOpenConnector.system().open(server(0), ByteBuffer.wrap(DATA))) {
      channel.socket().getInputStream().readAllBytes();
    }
  }

  private void bySocket() throws IOException {
    try (Socket socket =
        FastOpenSocketFactory.system().createSocket(server(0).getAddress(), PORT)) {
      socket.getOutputStream().write(DATA);
      socket.getInputStream().readAllBytes();
    }
  }

  private void byChannel() throws IOException {
    try (Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
      if (!channel.connect(server(0))) {
        selector.select(10_000);
        channel.finishConnect();
      }
      channel.write(ByteBuffer.wrap(DATA));
      key.interestOps(SelectionKey.OP_READ);
      ByteBuffer answer = ByteBuffer.allocate(100);
      do {
        selector.select(10_000);
        selector.selectedKeys().clear();
      } while (channel.read(answer) >= 0);
    }
  }
}
