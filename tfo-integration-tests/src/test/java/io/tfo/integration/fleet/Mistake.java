package io.tfo.integration.fleet;

import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.lab.Faults;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.util.Arrays;

/** A mistake that an operator can make with a fleet of three servers, or a right setting. */
enum Mistake {
  NONE("none: all servers have the same keys"),
  OWN_KEYS("each server has a key of its own") {
    @Override
    void serve(Fleet fleet) throws Exception {
      for (int i = 0; i < SERVERS; i++) {
        fleet.serve(FastOpenListener.system(), BACKLOG);
      }
    }
  },
  ONE_OTHER_KEY("one of three servers has another key") {
    @Override
    FastOpenKeys keys(int server) {
      return key(server == 2 ? 2 : 1);
    }
  },
  NO_BACKUP("half-way all keys are changed, without a backup key") {
    @Override
    void halfWay(Fleet fleet) throws IOException {
      for (ServerSocketChannel each : fleet.listening) {
        FastOpenListener.system().setKeys(each, key(2));
      }
    }
  },
  WITH_BACKUP("none: half-way all keys are changed, with a backup key") {
    @Override
    void halfWay(Fleet fleet) throws IOException {
      for (ServerSocketChannel each : fleet.listening) {
        FastOpenListener.system().setKeys(each, FastOpenKeys.of(bytes(2), bytes(1)));
      }
    }
  },
  REWRITTEN_DESTINATION("the balancer rewrites the servers' address") {
    @Override
    void prepare(Fleet fleet) {
      for (int i = 0; i < SERVERS; i++) {
        fleet.lab.servers().get(i).address(address(10 + i));
      }
      fleet
          .lab
          .wire()
          .fault(
              Faults.destinationNat(
                  fleet.lab.server().ipv4(), port -> address(10 + Fleet.server(port, SERVERS))));
    }
  },
  REWRITTEN_SOURCE("clients are behind a NAT with four addresses") {
    @Override
    void prepare(Fleet fleet) {
      fleet
          .lab
          .wire()
          .fault(Faults.sourceNat(fleet.lab.client().ipv4(), port -> address(100 + port % 4)));
    }
  },
  LISTENER_OFF("one of three listeners does not ask for TCP Fast Open") {
    @Override
    int backlog(int server) {
      return server == 2 ? 0 : BACKLOG;
    }
  },
  SYSCTL_OFF("one of three servers has net.ipv4.tcp_fastopen=1") {
    @Override
    void prepare(Fleet fleet) {
      fleet.lab.servers().get(2).sysctl("net.ipv4.tcp_fastopen", "1");
    }
  },
  STRIPPED("a middlebox strips the option") {
    @Override
    void prepare(Fleet fleet) {
      fleet.lab.wire().fault(Faults.stripFastOpenOption());
    }
  };

  static final int SERVERS = 3;
  static final int BACKLOG = FastOpenListener.FAST_OPEN_BACKLOG;

  final String text;

  Mistake(String text) {
    this.text = text;
  }

  private static byte[] bytes(int value) {
    byte[] key = new byte[FastOpenKeys.KEY_BYTES];
    Arrays.fill(key, (byte) value);
    return key;
  }

  static FastOpenKeys key(int value) {
    return FastOpenKeys.of(bytes(value));
  }

  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 77, 0, (byte) last});
    } catch (UnknownHostException e) {
      throw new UncheckedIOException(e);
    }
  }

  void prepare(Fleet fleet) {}

  FastOpenKeys keys(int server) {
    return key(1);
  }

  int backlog(int server) {
    return BACKLOG;
  }

  void serve(Fleet fleet) throws Exception {
    for (int i = 0; i < SERVERS; i++) {
      fleet.serve(FastOpenListener.system().withKeys(keys(i)), backlog(i));
    }
  }

  void halfWay(Fleet fleet) throws IOException {}
}
