package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.integration.faults.NetworkCondition;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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
  /** A busy machine may take longer to the first write than the SYN waits. */
  private static final int MOST_SESSIONS = 6;

  private final FastOpenSocketFactory sockets = DropInSnippets.factory();
  private final Map<ClientLibrary, InetSocketAddress> servers = new EnumMap<>(ClientLibrary.class);
  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    for (ClientLibrary library : ClientLibrary.values()) {
      servers.put(library, library.serve(hosts));
    }
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
          assertFastIsLikePlain(library);
          boolean isSeen = false;
          for (int i = 0; i < MOST_SESSIONS && !isSeen; i++) {
            assertFastIsLikePlain(library);
            List<Segment> syns = syns(library);
            isSeen = library.isFirst(syns.get(syns.size() - 1).payload());
          }
          assertThat(isSeen).isTrue();
        });
    assertThat(hosts.failures()).isEmpty();
  }

  @UnderEachCondition
  void itIsAsWithPlainSockets(NetworkCondition condition) throws Exception {
    hosts.checkAtOnce(ClientLibrary.values(), this::assertFastIsLikePlain);
    condition.begin(hosts.lab());
    hosts.checkAtOnce(ClientLibrary.values(), this::assertFastIsLikePlain);
    assertThat(hosts.failures()).isEmpty();
  }

  private void assertFastIsLikePlain(ClientLibrary library) throws Exception {
    String plain = run(library, null);
    assertThat(plain).isNotEmpty();
    assertThat(run(library, sockets)).isEqualTo(plain);
  }

  private String run(ClientLibrary library, @Nullable FastOpenSocketFactory sockets)
      throws Exception {
    return library.run(new LibrarySession(hosts, servers.get(library), sockets));
  }

  private List<Segment> syns(ClientLibrary library) {
    int port = servers.get(library).getPort();
    return hosts.lab().wire().syns().stream()
        .filter(syn -> syn.destination().getPort() == port)
        .toList();
  }
}
