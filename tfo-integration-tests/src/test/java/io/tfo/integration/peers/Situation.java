package io.tfo.integration.peers;

import io.tfo.integration.places.Filter;
import io.tfo.integration.socket.SocketLab;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A situation that a client meets in a lab of its own, and a measurement of the client in it. */
enum Situation {
  FIRST_BYTE("Time to the first byte, 50 ms") {
    @Override
    String of(Trial trial) throws Exception {
      return firstByte(trial);
    }
  },

  OFF_FROM_THE_START("Client side off from the start (sysctl 0)") {
    @Override
    String of(Trial trial) throws Exception {
      trial.hosts.fastOpen("2");
      return trial.last("write", 2);
    }
  },

  OFF_FOR_A_WHILE("On, off, on while it runs") {
    @Override
    String of(Trial trial) throws Exception {
      trial.exchanges("write", 3);
      trial.hosts.fastOpen("2");
      String off = trial.last("write", 2);
      trial.hosts.fastOpen("3");
      return off + ", then " + trial.last("write", 3);
    }
  },

  OPTION_REFUSED("`TCP_FASTOPEN_CONNECT` refused (EPERM)", Filter.CONNECT_OPTION_EPERM) {
    @Override
    String of(Trial trial) throws Exception {
      return trial.last("write", 3);
    }
  },

  BOTH_REFUSED("`MSG_FASTOPEN` refused, too", Filter.BOTH_WAYS_EPERM) {
    @Override
    String of(Trial trial) throws Exception {
      return trial.last("write", 3);
    }
  },

  REFUSED_PORT("Port without a server, cookie known: told by") {
    @Override
    String of(Trial trial) throws Exception {
      trial.exchanges("write", 2);
      InetSocketAddress closed =
          new InetSocketAddress(trial.server.getAddress(), BackendLab.newPort());
      Answer answer = trial.process.exchange("write", closed, 0);
      return answer.phase().equals("hangs") ? answer.summary() : answer.phase();
    }
  },

  SERVER_GONE("Server that was there before, and has gone: told by, next time") {
    @Override
    String of(Trial trial) throws Exception {
      InetSocketAddress gone = trial.serveForNow();
      for (int i = 0; i < 3; i++) {
        trial.process.exchange("write", gone, 0);
      }
      trial.stopServing();
      String first = trial.process.exchange("write", gone, 0).phase();
      return first + ", " + trial.process.exchange("write", gone, 0).phase();
    }
  },

  DROPPED_ONCE("SYN with data dropped once: four connects, s") {
    @Override
    String of(Trial trial) throws Exception {
      return trial.times(Faults.dropSynData(1), 4);
    }
  },

  DROPPED_TWICE("Dropped twice") {
    @Override
    String of(Trial trial) throws Exception {
      return trial.times(Faults.dropSynData(2), 4);
    }
  },

  DROPPED_THRICE("Dropped three times") {
    @Override
    String of(Trial trial) throws Exception {
      return trial.times(Faults.dropSynData(3), 4);
    }
  },

  ALWAYS_DROPPED("Always dropped: six connects, s") {
    @Override
    String of(Trial trial) throws Exception {
      return trial.times(Faults.dropSynData(), 6);
    }
  },

  READS_FIRST("Client reads first, server speaks first") {
    @Override
    String of(Trial trial) throws Exception {
      if (trial.peer.isCurl()) {
        return "-";
      }
      trial.exchanges("write", 2);
      InetSocketAddress greeting =
          trial.hosts.serve(
              socket -> {
                socket.getOutputStream().write('!');
                socket.getInputStream().readAllBytes();
              });
      Answer answer = trial.process.exchange("read", greeting, 0);
      for (int i = 0; i < 2 && answer.isOk(); i++) {
        answer = trial.process.exchange("read", greeting, 0);
      }
      return answer.isOk() ? "works" : answer.summary();
    }
  },

  HALF_CLOSE("Half-close directly behind the write, 50 ms") {
    @Override
    String of(Trial trial) throws Exception {
      if (trial.peer.isCurl()) {
        return "-";
      }
      trial.hosts.lab().wire().delay(ONE_WAY);
      return trial.last("half-close", 3);
    }
  },

  TIMEOUT("Connect timeout of 2 s, the network cut") {
    @Override
    String of(Trial trial) throws Exception {
      trial.exchanges("write", 3);
      trial.hosts.lab().wire().fault(Faults.cut());
      Answer answer = trial.process.exchange("write", trial.server, 2_000);
      return answer.phase().equals("hangs")
          ? "**no end** within 8 s"
          : String.format(Locale.ROOT, "%s, %.1f s", answer.phase(), answer.millis() / 1000);
    }
  };

  private static final Duration ONE_WAY = Duration.ofMillis(25);
  private static final int WARM_UP = 20;
  private static final int TIMED = 15;

  final String label;
  private final Filter filter;

  Situation(String label) {
    this(label, Filter.NONE);
  }

  Situation(String label, Filter filter) {
    this.label = label;
    this.filter = filter;
  }

  abstract String of(Trial trial) throws Exception;

  static String firstByte(Trial trial) throws Exception {
    trial.exchanges("write", WARM_UP);
    trial.hosts.lab().wire().delay(ONE_WAY);
    List<Answer> answers = trial.exchanges("write", TIMED);
    double median = answers.stream().mapToDouble(Answer::millis).sorted().toArray()[TIMED / 2];
    long inTheSyn = answers.stream().filter(Answer::isInTheSyn).count();
    return String.format(Locale.ROOT, "%.1f ms, %d of %d in the SYN", median, inTheSyn, TIMED);
  }

  /** Tries a client in it. */
  String of(Peer peer) throws Exception {
    try (SocketLab hosts = SocketLab.open();
        PeerProcess process = new PeerProcess(hosts.lab(), peer, filter)) {
      return of(new Trial(hosts, peer, process));
    }
  }

  /** A client, and a server for it. */
  static final class Trial {
    private static final byte[] REPLY =
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII);

    final SocketLab hosts;
    final Peer peer;
    final PeerProcess process;
    final InetSocketAddress server;
    private @Nullable ServerSocket forNow;

    Trial(SocketLab hosts, Peer peer, PeerProcess process) throws Exception {
      this(hosts, peer, process, hosts.serve(Trial::answer));
    }

    Trial(SocketLab hosts, Peer peer, PeerProcess process, InetSocketAddress server) {
      this.hosts = hosts;
      this.peer = peer;
      this.process = process;
      this.server = server;
    }

    private static void answer(Socket socket) throws IOException {
      byte[] buffer = new byte[1024];
      if (socket.getInputStream().read(buffer) > 0) {
        socket.getOutputStream().write(REPLY);
        socket.getInputStream().transferTo(OutputStream.nullOutputStream());
      }
    }

    InetSocketAddress serveForNow() throws Exception {
      ServerSocket listening = hosts.listen();
      forNow = listening;
      hosts.serve(listening, Trial::answer);
      return new InetSocketAddress(server.getAddress(), listening.getLocalPort());
    }

    void stopServing() throws IOException {
      if (forNow != null) {
        forNow.close();
      }
    }

    List<Answer> exchanges(String mode, int count) throws Exception {
      List<Answer> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        answers.add(process.exchange(mode, server, 0));
      }
      return answers;
    }

    /** The last of several exchanges. */
    String last(String mode, int count) throws Exception {
      return exchanges(mode, count).get(count - 1).summary();
    }

    /** The times of connects under a fault that begins when there is a cookie. */
    String times(Fault fault, int count) throws Exception {
      exchanges("write", 3);
      hosts.lab().wire().fault(fault);
      return String.join(", ", exchanges("write", count).stream().map(Answer::seconds).toList());
    }
  }
}
