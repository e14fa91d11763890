package io.tfo.testkit;

import io.tfo.FastOpenConnector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** The rules for every connect, whether or not TCP Fast Open can be used. */
final class ClientRules {
  static final List<Rule> RULES =
      List.of(
          Rule.must(
              "C01",
              "a blocking connect returns true, connected, with all data sent",
              RuleSource.javadoc(FastOpenConnector.class, "connect"),
              ClientRules::blocking),
          Rule.must(
              "C02",
              "any kind of buffer is sent from its position to its limit",
              RuleSource.javadoc(FastOpenConnector.class, "connect"),
              ClientRules::buffers),
          Rule.must(
              "C03",
              "data of any size arrives once and in order",
              RuleSource.javadoc(FastOpenConnector.class, "connect"),
              ClientRules::sizes),
          Rule.must(
              "C04",
              "a non-blocking connect is selected, finished and completed by the JDK",
              RuleSource.javadoc(SocketChannel.class, "finishConnect"),
              ClientRules::nonBlocking),
          Rule.must(
              "C05",
              "the connected channel is the JDK's in every respect",
              RuleSource.javadoc(FastOpenConnector.class),
              ClientRules::jdkChannel),
          Rule.must(
                  "C06",
                  "IPv4, IPv6 and IPv4-only channels connect",
                  RuleSource.javadoc(SocketChannel.class, "open"),
                  ClientRules::families)
              .skippedWhen("the machine has no IPv6"),
          Rule.must(
              "C07",
              "a local address and options that were set before stay",
              RuleSource.javadoc(FastOpenConnector.class),
              ClientRules::boundBefore),
          Rule.must(
              "C08",
              "a channel that is not the JDK's own connects plainly",
              RuleSource.javadoc(FastOpenConnector.class),
              ClientRules::foreignChannel),
          Rule.must(
              "C09",
              "open gives a connected, blocking channel",
              RuleSource.javadoc(FastOpenConnector.class, "open"),
              ClientRules::open),
          Rule.must(
              "C10",
              "many threads connect at once, and each byte arrives where it belongs",
              RuleSource.javadoc(FastOpenConnector.class),
              ClientRules::manyThreads),
          Rule.must(
                  "C11",
                  "virtual threads connect",
                  RuleSource.javadoc(FastOpenConnector.class),
                  ClientRules::virtualThreads)
              .skippedWhen("the JDK has no virtual threads"),
          Rule.must(
                  "C12",
                  "connects that succeed or fail leave no descriptor behind",
                  RuleSource.javadoc(FastOpenConnector.class, "open"),
                  ClientRules::descriptors)
              .skippedWhen(Descriptors.SKIPPED_WHEN),
          Rule.must(
              "C13",
              "the capability explains itself, at each call",
              RuleSource.javadoc(FastOpenConnector.class, "capability"),
              ClientRules::capability));

  private ClientRules() {}

  private static void blocking(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain();
        SocketChannel channel = SocketChannel.open()) {
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(100));
      boolean connected = s.connector().connect(channel, peer.address(), data);
      Expect.equal("connect's result", true, connected);
      expectSent(channel, data, peer, 100);
    }
  }

  /** Expects a blocking channel that is connected and has sent all of its data. */
  static void expectSent(SocketChannel channel, ByteBuffer data, CapturingServer peer, int bytes)
      throws Exception {
    Expect.equal("isConnected", true, channel.isConnected());
    Expect.equal("isBlocking", true, channel.isBlocking());
    Expect.equal("what is left of the data", 0, data.remaining());
    CapturingServer.finish(channel);
    Expect.sameBytes("the data", TestData.bytes(bytes), peer.next().bytes());
  }

  private static void buffers(TestedBackend s) throws Exception {
    byte[] wanted = TestData.bytes(300);
    byte[] around = new byte[500];
    System.arraycopy(wanted, 0, around, 100, 300);
    Map<String, ByteBuffer> buffers = new LinkedHashMap<>();
    ByteBuffer direct = ByteBuffer.allocateDirect(500).put(around);
    buffers.put("heap", ByteBuffer.wrap(around, 100, 300));
    buffers.put("heap slice", ByteBuffer.wrap(around, 50, 400).slice().position(50).limit(350));
    buffers.put("direct", direct.duplicate().position(100).limit(400));
    buffers.put("direct slice", direct.slice(100, 300));
    buffers.put("read-only heap", ByteBuffer.wrap(around, 100, 300).asReadOnlyBuffer());
    buffers.put(
        "read-only direct", direct.slice(50, 400).position(50).limit(350).asReadOnlyBuffer());
    try (CapturingServer peer = CapturingServer.plain()) {
      for (Map.Entry<String, ByteBuffer> each : buffers.entrySet()) {
        ByteBuffer data = each.getValue();
        int limit = data.limit();
        try (SocketChannel channel = SocketChannel.open()) {
          s.connector().connect(channel, peer.address(), data);
          Expect.equal("position of the " + each.getKey() + " buffer", limit, data.position());
          Expect.equal("limit of the " + each.getKey() + " buffer", limit, data.limit());
          CapturingServer.finish(channel);
          Expect.sameBytes(
              "the data of a " + each.getKey() + " buffer", wanted, peer.next().bytes());
        }
      }
      Expect.sameBytes(
          "the heap buffer's array afterwards", around, ByteBuffer.wrap(around).array());
    }
  }

  private static void sizes(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain()) {
      for (int size :
          new int[] {0, 1, 536, 1460, 1461, 16_384, 16_385, 65_536, 1 << 20, 5_000_001}) {
        for (boolean direct : new boolean[] {false, true}) {
          byte[] wanted = TestData.bytes(size);
          ByteBuffer data =
              direct ? ByteBuffer.allocateDirect(size).put(wanted).flip() : ByteBuffer.wrap(wanted);
          try (SocketChannel channel = SocketChannel.open()) {
            s.connector().connect(channel, peer.address(), data);
            CapturingServer.finish(channel);
            Expect.sameBytes(size + " bytes, direct " + direct, wanted, peer.next().bytes());
          }
        }
      }
    }
  }

  private static void nonBlocking(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain()) {
      for (int size : new int[] {0, 1, 1000, 300_000}) {
        try (Selector selector = Selector.open();
            SocketChannel channel = SocketChannel.open()) {
          channel.configureBlocking(false);
          SelectionKey key = channel.register(selector, 0);
          byte[] wanted = TestData.bytes(size);
          ByteBuffer data = ByteBuffer.wrap(wanted);
          if (!s.connector().connect(channel, peer.address(), data)) {
            Expect.equal("isConnectionPending", true, channel.isConnectionPending());
            Expect.equal(
                "the pending channel's remote address", peer.address(), channel.getRemoteAddress());
            SelectorConnect.finish(selector, key, channel);
          }
          while (data.hasRemaining()) {
            key.interestOps(SelectionKey.OP_WRITE);
            Expect.that(selector.select(20_000) > 0, "the channel is not selected for writing");
            selector.selectedKeys().clear();
            channel.write(data);
          }
          key.cancel();
          selector.selectNow();
          CapturingServer.finish(channel);
          Expect.sameBytes(size + " bytes", wanted, peer.next().bytes());
        }
      }
    }
  }

  private static void jdkChannel(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain();
        SocketChannel channel = SocketChannel.open()) {
      s.connector().connect(channel, peer.address(), ByteBuffer.wrap(TestData.bytes(10)));
      InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
      Expect.equal("remote address", peer.address(), channel.getRemoteAddress());
      Expect.equal("local host", peer.address().getAddress(), local.getAddress());
      Expect.that(local.getPort() > 0, "the local port is %d", local.getPort());
      Expect.equal("isConnectionPending", false, channel.isConnectionPending());
      Expect.equal("socket().isConnected", true, channel.socket().isConnected());
      Expect.equal("socket().getPort", peer.address().getPort(), channel.socket().getPort());
      Expect.equal("socket().getLocalPort", local.getPort(), channel.socket().getLocalPort());
      channel.socket().setSoTimeout(10_000);
      channel.socket().getOutputStream().write(TestData.bytes(20));
      channel.socket().shutdownOutput();
      byte[] reply = channel.socket().getInputStream().readAllBytes();
      Expect.sameBytes("the reply read through socket()", CapturingServer.reply(), reply);
      Expect.equal("bytes at the server", 30, peer.next().bytes().length);
    }
  }

  private static void families(TestedBackend s) throws Exception {
    InetAddress ipv4 = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    connectTo(s, SocketChannel.open(StandardProtocolFamily.INET), ipv4);
    connectTo(s, SocketChannel.open(), ipv4);
    if (!LoopbackAddresses.hasIpv6()) {
      throw new RuleSkipped("IPv4 connects; this machine has no IPv6 on loopback");
    }
    InetAddress ipv6 = LoopbackAddresses.ipv6();
    connectTo(s, SocketChannel.open(), ipv6);
    connectTo(s, SocketChannel.open(StandardProtocolFamily.INET6), ipv6);
    connectTo(s, SocketChannel.open(StandardProtocolFamily.INET6), ipv4);
  }

  private static void connectTo(TestedBackend s, SocketChannel channel, InetAddress host)
      throws Exception {
    try (channel;
        CapturingServer peer = CapturingServer.plain(new InetSocketAddress(host, 0))) {
      s.connector().connect(channel, peer.address(), ByteBuffer.wrap(TestData.bytes(50)));
      Expect.equal("remote address", peer.address(), channel.getRemoteAddress());
      CapturingServer.finish(channel);
      Expect.sameBytes("the data to " + host, TestData.bytes(50), peer.next().bytes());
    }
  }

  private static void boundBefore(TestedBackend s) throws Exception {
    InetAddress other = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    try (CapturingServer peer = CapturingServer.plain(new InetSocketAddress(other, 0));
        SocketChannel channel = SocketChannel.open()) {
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_RCVBUF, 40_000);
      int receiveBuffer = channel.getOption(StandardSocketOptions.SO_RCVBUF);
      channel.bind(new InetSocketAddress(other, 0));
      InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
      s.connector().connect(channel, peer.address(), ByteBuffer.wrap(TestData.bytes(50)));
      Expect.equal("local address", local, channel.getLocalAddress());
      Expect.equal("SO_KEEPALIVE", true, channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
      Expect.equal("TCP_NODELAY", true, channel.getOption(StandardSocketOptions.TCP_NODELAY));
      Expect.equal("SO_RCVBUF", receiveBuffer, channel.getOption(StandardSocketOptions.SO_RCVBUF));
      CapturingServer.finish(channel);
      Expect.sameBytes("the data", TestData.bytes(50), peer.next().bytes());
    }
  }

  private static void foreignChannel(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain();
        SocketChannel channel = new ForeignChannel(SocketChannel.open())) {
      s.connector().connect(channel, peer.address(), ByteBuffer.wrap(TestData.bytes(70_000)));
      CapturingServer.finish(channel);
      Expect.sameBytes("the data", TestData.bytes(70_000), peer.next().bytes());
    }
  }

  private static void open(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain()) {
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(100));
      try (SocketChannel channel = s.connector().open(peer.address(), data);
          SocketChannel ordinary = SocketChannel.open()) {
        Expect.equal("class of the channel", ordinary.getClass(), channel.getClass());
        expectSent(channel, data, peer, 100);
      }
    }
  }

  private static void manyThreads(TestedBackend s) throws Exception {
    exchangeOn(s, Executors.newFixedThreadPool(16, CapturingServer::daemon), 400);
  }

  private static void virtualThreads(TestedBackend s) throws Exception {
    ExecutorService threads;
    try {
      threads =
          (ExecutorService)
              Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (NoSuchMethodException e) {
      throw new RuleSkipped("this JDK has no virtual threads");
    }
    exchangeOn(s, threads, 400);
  }

  private static void exchangeOn(TestedBackend s, ExecutorService threads, int connects)
      throws Exception {
    try (CapturingServer peer = CapturingServer.plain()) {
      InetSocketAddress address = peer.address();
      List<Future<?>> done = new ArrayList<>();
      for (int i = 0; i < connects; i++) {
        int length = i + 1;
        done.add(
            threads.submit(
                () -> {
                  try (SocketChannel channel =
                      s.connector().open(address, ByteBuffer.wrap(TestData.bytes(length)))) {
                    CapturingServer.finish(channel);
                  }
                  return length;
                }));
      }
      for (Future<?> each : done) {
        each.get(30, TimeUnit.SECONDS);
      }
      boolean[] seen = new boolean[connects + 1];
      for (int i = 0; i < connects; i++) {
        byte[] got = peer.next().bytes();
        Expect.that(
            got.length > 0 && got.length <= connects && !seen[got.length],
            "a connection delivered %d bytes, which no thread sent, or which came twice",
            got.length);
        seen[got.length] = true;
        Expect.sameBytes("the data of a thread", TestData.bytes(got.length), got);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static void descriptors(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain();
        RefusingPort port = new RefusingPort()) {
      InetSocketAddress refusing = port.address();
      openAndRefuse(s, peer, refusing, 5);
      Descriptors.expectNoneLeft("200 connects", () -> openAndRefuse(s, peer, refusing, 100));
    }
  }

  private static void openAndRefuse(
      TestedBackend s, CapturingServer peer, InetSocketAddress refusing, int times)
      throws Exception {
    for (int i = 0; i < times; i++) {
      try (SocketChannel channel =
          s.connector().open(peer.address(), ByteBuffer.wrap(TestData.bytes(9)))) {
        CapturingServer.finish(channel);
      }
      peer.next();
      Expect.thrown(
          "open to a refused port",
          () -> s.connector().open(refusing, ByteBuffer.wrap(TestData.bytes(9))));
    }
  }

  private static void capability(TestedBackend s) {
    Expect.explained("client", s.connector().capability());
    Expect.equal("a second look", s.connector().capability(), s.connector().capability());
  }
}
