package io.tfo.testkit;

import io.tfo.FastOpenCapability;
import io.tfo.lab.simulation.Script;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Has every call of a backend answer every error of its system. A connect then works plainly or
 * throws what the JDK throws, a listener listens, and no byte and no descriptor is lost. The client
 * has a cookie, so that every call is made.
 */
public abstract class SystemErrorTests {
  private final ScriptedSystem system;

  /**
   * For subclasses.
   *
   * @param system the backend's system
   */
  protected SystemErrorTests(ScriptedSystem system) {
    this.system = system;
  }

  private Stream<DynamicTest> everyCall(Tried tried) {
    return system.calls().stream()
        .map(call -> DynamicTest.dynamicTest(call, () -> inLab(call, tried)));
  }

  private interface Tried {
    void by(Calls calls) throws Exception;
  }

  private void inLab(String call, Tried tried) throws Exception {
    Script script = new Script();
    FastOpenBackend backend = system.backend().apply(script);
    backend
        .connector()
        .capability(); // the first use, whose threads live on, is not on a lab's host
    // The peer's listener belongs to a backend whose system answers as ever.
    try (BackendLab hosts = BackendLab.open(new Subject(system.backend().apply(new Script())))) {
      hosts.fetchCookie();
      tried.by(new Calls(system, call, script, backend, hosts, new ArrayList<>()));
    } catch (RuleSkipped e) {
      Assumptions.abort(e.getMessage());
    }
  }

  @TestFactory
  protected Stream<DynamicTest> aConnectWorksOrThrowsWhatTheJdkThrowsWhateverIsAnsweredTo() {
    return everyCall(
        calls ->
            Descriptors.expectNoneLeft("connects", () -> calls.eachError(calls::connectsOrThrows)));
  }

  @TestFactory
  protected Stream<DynamicTest> aListenerListensAndACapabilityIsToldWhateverIsAnsweredTo() {
    return everyCall(
        calls -> Descriptors.expectNoneLeft("listeners", () -> calls.eachError(calls::listens)));
  }

  @TestFactory
  protected Stream<DynamicTest> aBackendThatIsNewConnectsOrThrowsWhateverIsAnsweredTo() {
    return everyCall(calls -> calls.eachError(calls::connectsOrThrowsAnew));
  }

  /** One call of one system. */
  private record Calls(
      ScriptedSystem system,
      String call,
      Script script,
      FastOpenBackend backend,
      BackendLab hosts,
      List<byte[]> givenUp) {

    interface OfError {
      void check(int error) throws Exception;
    }

    void eachError(OfError tried) throws Exception {
      for (int error : system.errors()) {
        if (!system.pending().test(error)) {
          try {
            tried.check(error);
          } catch (AssertionError | Exception e) {
            throw new AssertionError("%s answers %d: %s".formatted(call, error, e), e);
          }
        }
      }
      connects(TestData.bytes(2000));
    }

    /** A backend's first use, where it finds out what its system has. */
    void connectsOrThrowsAnew(int error) throws Exception {
      if (error % 10 == 0) {
        Script fresh = new Script();
        FastOpenBackend other = system.backend().apply(fresh);
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
        CapturingServer.finish(channel);
      }
      Expect.sameBytes("what the server got", bytes, received());
      Expect.equal("other connections", 0, hosts.peer().waiting());
    }

    void connectsOrThrows(int error) throws Exception {
      byte[] bytes = TestData.bytes(call.equals("recv") ? 0 : 100 + error % 1000);
      ByteBuffer data = ByteBuffer.wrap(bytes);
      try (SocketChannel channel = hosts.client().call(() -> SocketChannel.open())) {
        script.answer(call, -error);
        try {
          hosts
              .client()
              .call(() -> backend.connector().connect(channel, hosts.peer().address(), data));
        } catch (IOException e) {
          script.end();
          Expect.equal("the exception", system.jdkException(call, error), e.getClass());
          Expect.equal("isOpen", false, channel.isOpen());
          Expect.equal("position", 0, data.position());
          givenUp.add(bytes);
          return;
        }
        tellsItsOutcome(channel);
        script.end();
        Expect.equal("isConnected", true, channel.isConnected());
        Expect.equal("isBlocking", true, channel.isBlocking());
        Expect.equal("remaining", 0, data.remaining());
        CapturingServer.finish(channel);
        Expect.sameBytes("what the server got", bytes, received());
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
        Objects.requireNonNull(backend.connector().outcome(channel));
      } catch (IOException e) {
        Expect.equal("the call that fails an outcome", "getsockopt", call);
      }
    }

    void listens(int error) throws Exception {
      byte[] bytes = TestData.bytes(10);
      script.answer(call, -error);
      FastOpenCapability client = backend.connector().capability();
      FastOpenCapability server = backend.listener().capability();
      Expect.explained("client", client);
      Expect.explained("server", server);
      InetSocketAddress local = new InetSocketAddress(hosts.server().ipv4(), 0);
      try (ServerSocketChannel listener =
              hosts.server().call(() -> backend.listener().open(local, 10, 10));
          SocketChannel channel = hosts.client().call(() -> SocketChannel.open())) {
        channel.connect(listener.getLocalAddress());
        channel.write(ByteBuffer.wrap(bytes));
        channel.shutdownOutput();
        try (SocketChannel accepted = listener.accept()) {
          tellsWhatItAccepted(accepted);
          Expect.sameBytes(
              "what the server got", bytes, accepted.socket().getInputStream().readAllBytes());
        }
      } finally {
        script.end();
      }
    }

    private void tellsWhatItAccepted(SocketChannel accepted) {
      try {
        Objects.requireNonNull(backend.listener().outcome(accepted));
      } catch (IOException e) {
        Expect.equal("the call that fails an outcome", "getsockopt", call);
      }
    }
  }
}
