package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.integration.faults.NetworkCondition;
import io.tfo.integration.socket.SocketLab.Check;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The socket factory in client libraries, beside plain sockets in the same run. All libraries run
 * at the same time, each with a server of its own.
 */
@Timeout(120)
class ClientLibrariesTest {
  /**
   * How many servers a library tries. A busy machine may take longer to the first write than the
   * SYN waits, and where a reader waited in vain, the next one does not wait.
   */
  private static final int MOST_SERVERS = 6;

  private final FastOpenSocketFactory sockets = DropInSnippets.factory();
  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  @Test
  void theFirstBytesAreInTheSynWhereTheClientSpeaksFirst() throws Exception {
    hosts.checkAtOnce(
        ClientLibrary.values(),
        library -> {
          boolean isSeen = false;
          for (int i = 0; i < MOST_SERVERS && !isSeen; i++) {
            InetSocketAddress server = library.serve(hosts);
            assertFastIsLikePlain(library, server);
            assertFastIsLikePlain(library, server);
            List<Segment> syns = syns(server);
            isSeen = library.isFirst(syns.get(syns.size() - 1).payload());
          }
          assertThat(isSeen).isTrue();
        });
    assertThat(hosts.failures()).isEmpty();
  }

  @UnderEachCondition
  void itIsAsWithPlainSockets(NetworkCondition condition) throws Exception {
    Map<ClientLibrary, InetSocketAddress> servers = new EnumMap<>(ClientLibrary.class);
    for (ClientLibrary library : ClientLibrary.values()) {
      servers.put(library, library.serve(hosts));
    }
    Check<ClientLibrary> check = library -> assertFastIsLikePlain(library, servers.get(library));

    hosts.checkAtOnce(ClientLibrary.values(), check);
    condition.begin(hosts.lab());
    hosts.checkAtOnce(ClientLibrary.values(), check);
    assertThat(hosts.failures()).isEmpty();
  }

  private void assertFastIsLikePlain(ClientLibrary library, InetSocketAddress server)
      throws Exception {
    String plain = library.run(new LibrarySession(hosts, server, null));
    assertThat(plain).isNotEmpty();
    assertThat(library.run(new LibrarySession(hosts, server, sockets))).isEqualTo(plain);
  }

  private List<Segment> syns(InetSocketAddress server) {
    return hosts.lab().wire().syns().stream()
        .filter(syn -> syn.destination().equals(server))
        .toList();
  }
}
