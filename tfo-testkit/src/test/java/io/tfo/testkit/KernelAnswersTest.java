package io.tfo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.sim.Script;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whatever a system answers to a call, a connect works plainly or throws what the JDK throws, a
 * listener listens, and no byte and no descriptor is lost. Where a cookie is known, so that every
 * call is made.
 */
class KernelAnswersTest {
  private static Stream<DynamicTest> everyCall(Tried tried) {
    return Stream.of(ScriptedSystem.values())
        .flatMap(
            system ->
                system.calls.stream()
                    .map(
                        call ->
                            DynamicTest.dynamicTest(
                                system + " " + call, () -> inLab(system, call, tried))));
  }

  private interface Tried {
    void by(Calls calls) throws Exception;
  }

  private static void inLab(ScriptedSystem system, String call, Tried tried) throws Exception {
    Script script = new Script();
    FastOpenBackend backend = system.backend(script);
    backend
        .connector()
        .capability(); // the first use, whose threads live on, is not on a lab's host
    // The peer's listener belongs to a backend whose system answers as ever.
    try (Hosts hosts = Hosts.open(new Subject(system.backend(new Script())))) {
      hosts.fetchCookie();
      tried.by(new Calls(system, call, script, backend, hosts, new ArrayList<>()));
    } catch (RuleSkipped e) {
      Assumptions.abort(e.getMessage());
    }
  }

  @TestFactory
  Stream<DynamicTest> aConnectWorksOrThrowsWhatTheJdkThrowsWhateverIsAnsweredTo() {
    return everyCall(
        calls ->
            Descriptors.expectNoneLeft("connects", () -> calls.eachError(calls::connectsOrThrows)));
  }

  @TestFactory
  Stream<DynamicTest> aListenerListensAndACapabilityIsToldWhateverIsAnsweredTo() {
    return everyCall(
        calls -> Descriptors.expectNoneLeft("listeners", () -> calls.eachError(calls::listens)));
  }

  @TestFactory
  Stream<DynamicTest> aBackendThatIsNewConnectsOrThrowsWhateverIsAnsweredTo() {
    return everyCall(calls -> calls.eachError(calls::connectsOrThrowsAnew));
  }

  /** One call of one system. */
  private record Calls(
      ScriptedSystem system,
      String call,
      Script script,
      FastOpenBackend backend,
      Hosts hosts,
      List<byte[]> givenUp) {

    interface OfError {
      void check(int error) throws Exception;
    }

    void eachError(OfError tried) throws Exception {
      for (int error : system.errors) {
        if (!system.goesOn(error)) {
          try {
            tried.check(error);
          } catch (AssertionError | Exception e) {
            throw new AssertionError("%s answers %d: %s".formatted(call, error, e), e);
          }
        }
      }
      connects(ClientRules.bytes(2000));
    }

    /** A backend's first use, where it finds out what its system has. */
    void connectsOrThrowsAnew(int error) throws Exception {
      if (error % 10 == 0) {
        Script fresh = new Script();
        FastOpenBackend other = system.backend(fresh);
        fresh.answer(call, -error);
        other.connector().capability();
        new Calls(system, call, fresh, other, hosts, givenUp).connectsOrThrows(error);
      }
    }

    /** The script has ended, and left nothing behind. */
    private void connects(byte[] bytes) throws Exception {
      InetSocketAddress server = hosts.peer().address();
      try (SocketChannel channel =
          hosts.client().call(() -> backend.connector().open(server, ByteBuffer.wrap(bytes)))) {
        Peer.finish(channel);
      }
      assertThat(received()).isEqualTo(bytes);
      assertThat(hosts.peer().waiting()).isZero();
    }

    void connectsOrThrows(int error) throws Exception {
      byte[] bytes = ClientRules.bytes(call.equals("recv") ? 0 : 100 + error % 1000);
      ByteBuffer data = ByteBuffer.wrap(bytes);
      try (SocketChannel channel = hosts.client().call(() -> SocketChannel.open())) {
        script.answer(call, -error);
        try {
          hosts
              .client()
              .call(() -> backend.connector().connect(channel, hosts.peer().address(), data));
        } catch (IOException e) {
          script.end();
          assertThat(e).isExactlyInstanceOf(system.jdkException(call, error));
          assertThat(channel.isOpen()).isFalse();
          assertThat(data.position()).isZero();
          givenUp.add(bytes);
          return;
        }
        tellsItsOutcome(channel);
        script.end();
        assertThat(channel.isConnected()).isTrue();
        assertThat(channel.isBlocking()).isTrue();
        assertThat(data.remaining()).isZero();
        Peer.finish(channel);
        assertThat(received()).isEqualTo(bytes);
      }
    }

    /** What a connect had sent that then threw may have arrived, once. */
    private byte[] received() throws InterruptedException {
      while (true) {
        byte[] bytes = hosts.peer().next().bytes();
        Optional<byte[]> given =
            givenUp.stream().filter(each -> Arrays.equals(each, bytes)).findFirst();
        if (given.isEmpty()) {
          return bytes;
        }
        givenUp.remove(given.get());
      }
    }

    private void tellsItsOutcome(SocketChannel channel) {
      try {
        assertThat(backend.connector().outcome(channel)).isNotNull();
      } catch (IOException e) {
        assertThat(call).isEqualTo("getsockopt");
      }
    }

    void listens(int error) throws Exception {
      byte[] bytes = ClientRules.bytes(10);
      script.answer(call, -error);
      FastOpenCapability client = backend.connector().capability();
      FastOpenCapability server = backend.listener().capability();
      assertThat(client.detail() + server.detail()).isNotBlank();
      InetSocketAddress local = new InetSocketAddress(hosts.server().ipv4(), 0);
      try (ServerSocketChannel listener =
              hosts.server().call(() -> backend.listener().open(local, 10, 10));
          SocketChannel channel = hosts.client().call(() -> SocketChannel.open())) {
        channel.connect(listener.getLocalAddress());
        channel.write(ByteBuffer.wrap(bytes));
        channel.shutdownOutput();
        try (SocketChannel accepted = listener.accept()) {
          tellsWhatItAccepted(accepted);
          assertThat(accepted.socket().getInputStream().readAllBytes()).isEqualTo(bytes);
        }
      } finally {
        script.end();
      }
    }

    private void tellsWhatItAccepted(SocketChannel accepted) {
      try {
        assertThat(backend.listener().outcome(accepted)).isNotNull();
      } catch (IOException e) {
        assertThat(call).isEqualTo("getsockopt");
      }
    }
  }
}
