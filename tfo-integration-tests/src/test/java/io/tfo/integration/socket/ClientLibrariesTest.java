package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.docs.DropInSnippets;
import io.tfo.integration.faults.NetworkCondition;
import io.tfo.integration.socket.SocketLab.Check;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.StoppedTimer;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Hashtable;
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

  /**
   * The timer stands still, and so does the clock of reads that wait for a writer. So no SYN is
   * sent before the client's first write, however long a busy machine takes.
   */
  @Test
  void theFirstBytesAreInTheSynWhereTheClientSpeaksFirst() throws Exception {
    FastOpenBackend backend = BackendsUnderTest.ALL.get("linux-connect").get();
    FastOpenSocketFactory patient =
        FastOpenSocketFactory.over(ClockedBackend.stopped(backend).connector());
    StoppedTimer.during(
        () -> {
          hosts.checkAtOnce(
              ClientLibrary.values(),
              library -> {
                InetSocketAddress server = library.serve(hosts);
                FastOpenSocketFactory factory = library.speaksFirst() ? patient : sockets;
                for (int i = 0; i < 2; i++) { // the first connection asks for a cookie
                  FactoryOfThread.during(
                      factory, () -> assertFastIsLikePlain(library, server, factory));
                }
                List<Segment> syns = syns(server);
                assertThat(library.isFirst(syns.get(syns.size() - 1).payload())).isTrue();
              });
          return null;
        });
    assertThat(hosts.failures()).isEmpty();
  }

  @UnderEachCondition
  void eachLibraryBehavesAsWithPlainSockets(NetworkCondition condition) throws Exception {
    Map<ClientLibrary, InetSocketAddress> servers = new EnumMap<>(ClientLibrary.class);
    for (ClientLibrary library : ClientLibrary.values()) {
      servers.put(library, library.serve(hosts));
    }
    Check<ClientLibrary> check =
        library -> assertFastIsLikePlain(library, servers.get(library), sockets);

    hosts.checkAtOnce(ClientLibrary.values(), check);
    condition.begin(hosts.lab());
    hosts.checkAtOnce(ClientLibrary.values(), check);
    assertThat(hosts.failures()).isEmpty();
  }

  @Test
  void theJdksLdapClientPoolsItsConnectionsAsWithPlainSockets() throws Exception {
    assertThat(pooled(sockets)).isEqualTo(pooled(null)).isEqualTo(1);
  }

  /** How many connections the JDK's LDAP client needs for three uses of its pool. */
  private int pooled(@Nullable FastOpenSocketFactory sockets) throws Exception {
    LibrarySession session = new LibrarySession(hosts, ClientLibrary.JNDI.serve(hosts), sockets);
    List<Segment> syns =
        hosts.synsOf(
            () -> {
              for (int i = 0; i < 3; i++) {
                session.jndi(new Hashtable<>(Map.of("com.sun.jndi.ldap.connect.pool", "true")));
              }
              return null;
            });
    return syns.size();
  }

  private Void assertFastIsLikePlain(
      ClientLibrary library, InetSocketAddress server, FastOpenSocketFactory sockets)
      throws Exception {
    String plain = library.run(new LibrarySession(hosts, server, null));
    assertThat(plain).isNotEmpty();
    assertThat(library.run(new LibrarySession(hosts, server, sockets))).isEqualTo(plain);
    return null;
  }

  private List<Segment> syns(InetSocketAddress server) {
    return hosts.lab().wire().syns().stream()
        .filter(syn -> syn.destination().equals(server))
        .toList();
  }
}
