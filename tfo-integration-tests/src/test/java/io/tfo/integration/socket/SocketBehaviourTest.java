package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares each call of {@link Socket} in each state: a plain socket and one of ours answer the
 * same, or throw an exception of the same class.
 */
@Timeout(120)
class SocketBehaviourTest {
  private static final Map<String, String> PLAIN = new HashMap<>();

  /** The sockets that are compared with plain ones. */
  enum Kind {
    /** The backend that is chosen on this machine. */
    SYSTEM(FastOpenSocketFactory.system()),
    /** The deferral alone, on any machine. */
    DEFERRED(FastOpenSocketFactory.over(new Deferring())),
    /** Sockets of the same kind whose connects are exempt. */
    EXEMPT(FastOpenSocketFactory.over(new Deferring()).plainFor(destination -> true));

    private final SocketFactory clients;

    Kind(SocketFactory clients) {
      this.clients = clients;
    }
  }

  /** Says that it can, and connects plainly. */
  private static final class Deferring implements FastOpenConnector {
    @Override
    public FastOpenCapability capability() {
      return FastOpenCapability.available("for the test");
    }

    @Override
    public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
        throws IOException {
      channel.connect(remote);
      while (synData.hasRemaining()) {
        channel.write(synData);
      }
      return true;
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel channel) {
      return FastOpenOutcome.UNKNOWN;
    }
  }

  @ParameterizedTest
  @EnumSource
  void clientsBehaveAsPlainOnes(Kind kind) throws Exception {
    SocketFactory ours = kind.clients;
    compare(ours, ServerSocketFactory.getDefault(), false);
  }

  @Test
  void acceptedSocketsBehaveAsPlainOnes() throws Exception {
    compare(SocketFactory.getDefault(), FastOpenServerSocketFactory.system(), true);
  }

  private static void compare(
      SocketFactory clients, ServerSocketFactory servers, boolean serverSide) throws Exception {
    List<String> differences = new ArrayList<>();
    int compared = 0;
    for (SocketState state : SocketState.values()) {
      if (serverSide && (!state.hasPeer() || state.isBoundBefore())) {
        continue;
      }
      for (SocketCall call : SocketCall.values()) {
        String plain = plain(state, call, serverSide);
        String ours = outcome(state, call, clients, servers, serverSide);
        compared++;
        if (!ours.equals(plain) && !isKnown(state, call)) {
          differences.add("%s, %s: plain %s; ours %s".formatted(state, call, plain, ours));
        }
      }
    }
    assertThat(differences).as("of %d", compared).isEmpty();
    assertThat(compared).isGreaterThan(500);
  }

  /** The differences that are documented, or that are between JDK versions. */
  private static boolean isKnown(SocketState state, SocketCall call) {
    return switch (state) {
      // Closed before it was connected, and before its port was asked for: it never had a port.
      case CLOSED_FRESH ->
          call == SocketCall.GET_LOCAL_PORT
              || call == SocketCall.GET_LOCAL_SOCKET_ADDRESS
              || call == SocketCall.TO_STRING;
      // A channel whose input was shut down no longer tells that it was reset.
      case PEER_RESET_AND_SEEN -> call == SocketCall.READ_AFTER_SHUTDOWN;
      default -> false;
    };
  }

  private static String plain(SocketState state, SocketCall call, boolean serverSide)
      throws Exception {
    String key = state + " " + call + serverSide;
    String known = PLAIN.get(key);
    if (known == null) {
      known =
          outcome(
              state,
              call,
              SocketFactory.getDefault(),
              ServerSocketFactory.getDefault(),
              serverSide);
      PLAIN.put(key, known);
    }
    return known;
  }

  private static String outcome(
      SocketState state,
      SocketCall call,
      SocketFactory clients,
      ServerSocketFactory servers,
      boolean serverSide)
      throws Exception {
    try (SocketPair pair = SocketPair.in(state, clients, servers, serverSide)) {
      return call.on(pair.subject(), pair);
    }
  }
}
