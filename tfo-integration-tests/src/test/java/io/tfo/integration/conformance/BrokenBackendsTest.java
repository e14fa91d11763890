package io.tfo.integration.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.FreshBackend;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.Conformance;
import io.tfo.testkit.Rule;
import io.tfo.testkit.RuleResult;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Each rule fails a backend that breaks it, with a message that says how and by which text. */
class BrokenBackendsTest {
  /** A rule, a backend that breaks it, and words that its message must have. */
  private record Case(FastOpenBackend backend, String words) {}

  private final Map<String, Case> cases = new LinkedHashMap<>();
  private final List<SocketChannel> leaked = new ArrayList<>();

  BrokenBackendsTest() {
    client();
    misuse();
    waits();
    server();
    keys();
    wire();
  }

  @AfterEach
  void closeWhatWasLeaked() throws IOException {
    for (SocketChannel each : leaked) {
      each.close();
    }
  }

  @Test
  void everyRuleHasABrokenBackend() {
    assertThat(cases.keySet())
        .containsExactlyInAnyOrderElementsOf(Conformance.rules().stream().map(Rule::id).toList());
  }

  @TestFactory
  Stream<DynamicTest> everyRuleCatchesItsBrokenBackend() {
    return Conformance.rules().stream()
        .map(rule -> DynamicTest.dynamicTest(rule.toString(), () -> catches(rule)));
  }

  private void catches(Rule rule) {
    Case broken = cases.get(rule.id());
    RuleResult result = Conformance.run(rule, broken.backend());
    Assumptions.assumeFalse(result.verdict() == RuleResult.Verdict.SKIPPED, () -> result.detail());
    assertThat(result.verdict()).as(result.toString()).isEqualTo(RuleResult.Verdict.FAILED);
    assertThat(result.detail())
        .contains(broken.words())
        .endsWith("(" + rule.strength() + ", by " + rule.source() + ")");
  }

  private void put(String words, FastOpenBackend backend, String... rules) {
    for (String rule : rules) {
      cases.put(rule, new Case(backend, words));
    }
  }

  private void client() {
    put(
        "connect's result: expected true but was false",
        BrokenBackend.connector(
            (good, channel, remote, data) -> !good.connect(channel, remote, data)),
        "C01");
    put(
        "position of the heap buffer: expected 400 but was 100",
        BrokenBackend.connector(
            (good, channel, remote, data) -> good.connect(channel, remote, data.duplicate())),
        "C02");
    put(
        "16385 bytes, direct false: expected 16385 bytes but got 16384",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              int limit = data.limit();
              data.limit(Math.min(limit, data.position() + 16_384));
              boolean connected = good.connect(channel, remote, data);
              data.limit(limit).position(limit);
              return connected;
            }),
        "C03");
    put(
        "isConnectionPending: expected true but was false",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              boolean blocking = channel.isBlocking();
              if (blocking) {
                return good.connect(channel, remote, data);
              }
              channel.close();
              return false;
            }),
        "C04");
    put(
        "Socket input is shutdown",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              boolean connected = good.connect(channel, remote, data);
              channel.shutdownInput();
              return connected;
            }),
        "C05");
    put(
        "IPv4 only",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              if (remote instanceof InetSocketAddress inet
                  && !(inet.getAddress() instanceof Inet4Address)) {
                throw new SocketException("IPv4 only");
              }
              return good.connect(channel, remote, data);
            }),
        "C06");
    put(
        "SO_KEEPALIVE: expected true but was false",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              channel.setOption(StandardSocketOptions.SO_KEEPALIVE, false);
              return good.connect(channel, remote, data);
            }),
        "C07");
    put(
        "ClassCastException",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              if (!channel.getClass().getName().startsWith("sun.nio.ch")) {
                throw new ClassCastException(channel.getClass().getName());
              }
              return good.connect(channel, remote, data);
            }),
        "C08");
    put(
        "isBlocking: expected true but was false",
        new BrokenBackend() {
          @Override
          public SocketChannel open(SocketAddress remote, ByteBuffer data) throws IOException {
            SocketChannel channel = good.open(remote, data);
            channel.configureBlocking(false);
            return channel;
          }
        },
        "C09");
    put(
        "the data of a thread: expected",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              ByteBuffer others = ByteBuffer.allocate(data.remaining());
              data.position(data.limit());
              return good.connect(channel, remote, others);
            }),
        "C10");
    put(
        "not on a virtual thread",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              if (Thread.currentThread().toString().startsWith("VirtualThread")) {
                throw new IOException("not on a virtual thread");
              }
              return good.connect(channel, remote, data);
            }),
        "C11");
    put(
        "200 connects left",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              leaked.add(SocketChannel.open());
              return good.connect(channel, remote, data);
            }),
        "C12");
    put(
        "DISABLED without a remedy",
        new BrokenBackend() {
          @Override
          public FastOpenCapability capability() {
            return new FastOpenCapability(
                FastOpenCapability.Status.DISABLED, "off", Optional.empty());
          }
        },
        "C13");
  }

  private void misuse() {
    put(
        "connect with null: expected threw java.lang.NullPointerException",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              if (remote == null) {
                throw new IllegalArgumentException("remote is null");
              }
              return good.connect(channel, remote, data);
            }),
        "C20");
    put(
        "connect with null for data: expected an exception",
        BrokenBackend.connector(
            (good, channel, remote, data) ->
                data == null ? channel.connect(remote) : good.connect(channel, remote, data)),
        "C21");
    put("an exception but got", believesTheFirstWrite(), "C22");
    put(
        "expected an exception but got connected",
        BrokenBackend.connector(
            (good, channel, remote, data) ->
                good.connect(channel, remote, data) || !channel.isBlocking()),
        "C23");
    put(
        "what is thrown for /255.255.255.255:9",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              try {
                return good.connect(channel, remote, data);
              } catch (SocketException e) {
                throw new IOException("sendto: errno 101", e);
              }
            }),
        "C24");
    put("a negative timeout: expected an exception but got true", forgetsTheTimeout(), "C25");
    put(
        "the outcome of a closed channel: expected an exception",
        new BrokenBackend() {
          @Override
          public FastOpenOutcome outcome(SocketChannel channel) {
            return FastOpenOutcome.UNKNOWN;
          }
        },
        "C26");
  }

  /** As one of our peers does: the kernel has taken the SYN's data, so all must be well. */
  private static BrokenBackend believesTheFirstWrite() {
    return new BrokenBackend() {
      @Override
      public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer data)
          throws IOException {
        try {
          return good.connect(channel, remote, data);
        } catch (ConnectException e) {
          return true;
        }
      }

      @Override
      public SocketChannel open(SocketAddress remote, ByteBuffer data) throws IOException {
        SocketChannel channel = SocketChannel.open();
        connect(channel, remote, data);
        return channel;
      }
    };
  }

  private static BrokenBackend forgetsTheTimeout() {
    return new BrokenBackend() {
      @Override
      public boolean connect(
          SocketChannel channel, SocketAddress remote, ByteBuffer data, Duration timeout)
          throws IOException {
        return good.connect(channel, remote, data);
      }
    };
  }

  private void waits() {
    put(
        "a timeout of PT0.2S ended after",
        new BrokenBackend() {
          @Override
          public boolean connect(
              SocketChannel channel, SocketAddress remote, ByteBuffer data, Duration timeout)
              throws IOException {
            channel.close();
            throw new SocketTimeoutException("too early");
          }
        },
        "C30");
    put(
        "but java.io.IOException: connect: EINTR was thrown",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              try {
                return good.connect(channel, remote, data);
              } catch (ClosedChannelException e) {
                throw new IOException("connect: EINTR", e);
              }
            }),
        "C31",
        "C33");
    put(
        "interrupted before: expected an exception but got true",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              Thread.interrupted();
              return good.connect(channel, remote, data);
            }),
        "C32");
    put(
        "isConnected: expected true but was",
        new BrokenBackend() {
          @Override
          public boolean connect(
              SocketChannel channel, SocketAddress remote, ByteBuffer data, Duration timeout)
              throws IOException {
            boolean connected = good.connect(channel, remote, data, timeout);
            channel.socket().close();
            return connected;
          }
        },
        "C34");
  }

  private void server() {
    put(
        "Exception",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public ServerSocketChannel bind(
                  ServerSocketChannel channel,
                  SocketAddress local,
                  int backlog,
                  int fastOpenBacklog)
                  throws IOException {
                good.bind(channel, local, backlog, fastOpenBacklog).close();
                return channel;
              }
            }),
        "S01");
    put(
        "the local host",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public ServerSocketChannel bind(
                  ServerSocketChannel channel,
                  SocketAddress local,
                  int backlog,
                  int fastOpenBacklog)
                  throws IOException {
                return good.bind(channel, new InetSocketAddress(0), backlog, fastOpenBacklog);
              }
            }),
        "S02");
    put(
        "bind with a closed channel: expected threw java.nio.channels.ClosedChannelException",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public ServerSocketChannel bind(
                  ServerSocketChannel channel,
                  SocketAddress local,
                  int backlog,
                  int fastOpenBacklog)
                  throws IOException {
                if (!channel.isOpen()) {
                  throw new IOException("setsockopt: EBADF");
                }
                return good.bind(channel, local, backlog, fastOpenBacklog);
              }
            }),
        "S03");
    put(
        "a backlog of -1",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public ServerSocketChannel bind(
                  ServerSocketChannel channel,
                  SocketAddress local,
                  int backlog,
                  int fastOpenBacklog)
                  throws IOException {
                return good.bind(channel, local, backlog, Math.max(0, fastOpenBacklog));
              }
            }),
        "S04");
    put(
        "the outcome of an ordinary client is SYN_DATA_ACKED",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public FastOpenOutcome outcome(SocketChannel accepted) {
                return FastOpenOutcome.SYN_DATA_ACKED;
              }
            }),
        "S05");
    put(
        "the server capability has no detail",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public FastOpenCapability capability() {
                return FastOpenCapability.available("");
              }
            }),
        "S06");
    put(
        "200 listeners left",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public ServerSocketChannel bind(
                  ServerSocketChannel channel,
                  SocketAddress local,
                  int backlog,
                  int fastOpenBacklog)
                  throws IOException {
                leaked.add(SocketChannel.open());
                return good.bind(channel, local, backlog, fastOpenBacklog);
              }
            }),
        "S07");
  }

  private interface SetKeys {
    boolean set(FastOpenListener good, ServerSocketChannel channel, FastOpenKeys keys)
        throws IOException;
  }

  private static BrokenBackend keys(SetKeys broken) {
    return BrokenBackend.listener(
        new BrokenBackend.Listener() {
          @Override
          public boolean setKeys(ServerSocketChannel channel, FastOpenKeys keys)
              throws IOException {
            return broken.set(good, channel, keys);
          }
        });
  }

  private void keys() {
    put(
        "what setKeys returns: expected",
        keys((good, channel, keys) -> !good.setKeys(channel, keys)),
        "S08");
    put(
        "bytes that are acknowledged of the SYN with a cookie of the key before: expected 0",
        keys((good, channel, keys) -> true),
        "W17");
    put(
        "bytes that the SYN-ACK acknowledges: expected 200 but was 0",
        keys(
            (good, channel, keys) ->
                good.setKeys(channel, FastOpenKeys.parse(keys.toSysctl().split(",")[0]))),
        "W18");
    put(
        "bytes that the SYN-ACK acknowledges: expected 200 but was 0",
        keys(
            (good, channel, keys) -> {
              byte[] own = new byte[FastOpenKeys.KEY_BYTES];
              own[0] = (byte) System.identityHashCode(channel);
              own[1] = (byte) (System.identityHashCode(channel) >> 8);
              return good.setKeys(channel, FastOpenKeys.of(own));
            }),
        "W19");
    put(
        "the SYN has the option of TCP Fast Open",
        new BrokenBackend() {
          @Override
          public FastOpenConnector plainFor(Predicate<? super InetSocketAddress> plain) {
            return good;
          }
        },
        "W20");
  }

  private void wire() {
    BrokenBackend dead = deadFastOpen();
    put("the first SYN does not ask for a cookie", dead, "W01", "W05", "W06", "W09", "W11");
    put("the SYN has no cookie", dead, "W02", "W04", "W08", "W16");
    put("what the SYN left of the data: expected 0 but was 200", dead, "W07");
    put("TCPFastOpenActive at the client", dead, "W03");
    put("the SYN has no data", dead, "W10");
    put("an exception but got", believesTheFirstWrite(), "W12");
    put(
        "Operation not supported",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              if (good.capability().status() == FastOpenCapability.Status.DISABLED) {
                throw new SocketException("Operation not supported");
              }
              return good.connect(channel, remote, data);
            }),
        "W13");
    put(
        "the server's capability: expected DISABLED but was AVAILABLE",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public FastOpenCapability capability() {
                return FastOpenCapability.available("setsockopt succeeded");
              }
            }),
        "W14");
    put(
        "the server's outcome is SYN_DATA_ACKED but the wire shows",
        BrokenBackend.listener(
            new BrokenBackend.Listener() {
              @Override
              public ServerSocketChannel bind(
                  ServerSocketChannel channel,
                  SocketAddress local,
                  int backlog,
                  int fastOpenBacklog)
                  throws IOException {
                return good.bind(channel, local, backlog, 100);
              }
            }),
        "W15");
    put(
        "what the server got: expected 200 bytes but got 400",
        sendsAgain(),
        "W30",
        "W33",
        "W34",
        "W35");
    put(
        "no cookie, no connection",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              boolean connected = good.connect(channel, remote, data);
              if (good.outcome(channel) == FastOpenOutcome.COOKIE_REQUESTED) {
                throw new IOException("no cookie, no connection");
              }
              return connected;
            }),
        "W31");
    put(
        "but java.net.ConnectException: timed out was thrown",
        new BrokenBackend() {
          @Override
          public boolean connect(
              SocketChannel channel, SocketAddress remote, ByteBuffer data, Duration timeout)
              throws IOException {
            try {
              return good.connect(channel, remote, data, timeout);
            } catch (SocketTimeoutException e) {
              throw new ConnectException("timed out");
            }
          }
        },
        "W36");
    put("expected java.net.ConnectException but", believesTheFirstWrite(), "W37");
    put(
        "what the server got: expected",
        BrokenBackend.connector(
            (good, channel, remote, data) -> {
              int limit = data.limit();
              boolean connected = good.connect(channel, remote, data.limit(limit - 1));
              data.limit(limit).position(limit);
              return connected;
            }),
        "W32",
        "W38");
    put(
        "connects whose SYN with data was dropped: expected at most 2 but got 3",
        forgetsLosses(),
        "W39");
    put("bytes in a SYN that is to be plain: expected 0 but was 200", forgetsLosses(), "W40");
  }

  /** Creates a backend to which each connect seems to be the first. */
  private static BrokenBackend forgetsLosses() {
    return BrokenBackend.connector(
        (good, channel, remote, data) ->
            FreshBackend.of(BrokenBackend.GOOD).connector().connect(channel, remote, data));
  }

  /**
   * Creates a backend like those that several of our peers shipped for years: all works, and no SYN
   * ever carries data.
   */
  private static BrokenBackend deadFastOpen() {
    return new BrokenBackend() {
      @Override
      public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer data)
          throws IOException {
        boolean connected = channel.connect(remote);
        while (connected && data.hasRemaining()) {
          channel.write(data);
        }
        return connected;
      }

      @Override
      public boolean connect(
          SocketChannel channel, SocketAddress remote, ByteBuffer data, Duration timeout)
          throws IOException {
        return connect(channel, remote, data);
      }
    };
  }

  /** Sends data again that the kernel sends again by itself. */
  private static BrokenBackend sendsAgain() {
    return BrokenBackend.connector(
        (good, channel, remote, data) -> {
          ByteBuffer again = data.duplicate();
          boolean connected = good.connect(channel, remote, data);
          FastOpenOutcome outcome = good.outcome(channel);
          if (outcome == FastOpenOutcome.SYN_DATA_NOT_ACKED
              || outcome == FastOpenOutcome.SYN_RETRANSMITTED) {
            channel.write(again);
          }
          return connected;
        });
  }
}
