package io.tfo.testkit;

import io.tfo.FastOpenCapability;
import io.tfo.lab.simulation.CallScript;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Tests that make each call of a backend fail with each error of its system. A connect must then
 * work plainly or throw what the JDK throws, a listener must listen, and no byte and no descriptor
 * may be lost. The client has a cookie, so that every call is made.
 */
public abstract class SystemErrorTests {
  private final ScriptedSystem system;

  /**
   * Creates the tests of one system.
   *
   * @param system the backend's system
   */
  protected SystemErrorTests(ScriptedSystem system) {
    this.system = system;
  }

  private Stream<DynamicTest> everyCall(CallCheck check) {
    return system.calls().stream()
        .map(call -> DynamicTest.dynamicTest(call, () -> inLab(call, check)));
  }

  /** Makes one call of the system fail with every error. */
  private interface CallCheck {
    void run(FailingCall call) throws Exception;
  }

  private void inLab(String call, CallCheck check) throws Exception {
    CallScript script = new CallScript();
    FastOpenBackend backend = system.backend().apply(script);
    // The first use starts threads that live on, so it must not be on a lab's host.
    backend.connector().capability();
    // The server's listener belongs to another backend, whose system does not fail.
    try (BackendLab lab =
        BackendLab.open(new TestedBackend(system.backend().apply(new CallScript())))) {
      lab.fetchCookie();
      check.run(new FailingCall(system, call, script, backend, lab, new ArrayList<>()));
    } catch (RuleSkipped e) {
      Assumptions.abort(e.getMessage());
    }
  }

  /**
   * One test for each call, with connects of a backend that has connected before.
   *
   * @return the tests
   */
  @TestFactory
  protected Stream<DynamicTest> aConnectWorksOrThrowsWhatTheJdkThrowsWhateverIsAnsweredTo() {
    return everyCall(
        calls ->
            Descriptors.expectNoneLeft("connects", () -> calls.eachError(calls::connectsOrThrows)));
  }

  /**
   * One test for each call, with listeners and both capabilities.
   *
   * @return the tests
   */
  @TestFactory
  protected Stream<DynamicTest> aListenerListensAndACapabilityIsToldWhateverIsAnsweredTo() {
    return everyCall(
        calls -> Descriptors.expectNoneLeft("listeners", () -> calls.eachError(calls::listens)));
  }

  /**
   * One test for each call, with the first connect of a new backend, which probes its system.
   *
   * @return the tests
   */
  @TestFactory
  protected Stream<DynamicTest> aBackendThatIsNewConnectsOrThrowsWhateverIsAnsweredTo() {
    return everyCall(calls -> calls.eachError(calls::connectsOrThrowsAnew));
  }

  /** One call of one system, which fails by the script. */
  private record FailingCall(
      ScriptedSystem system,
      String call,
      CallScript script,
      FastOpenBackend backend,
      BackendLab lab,
      List<byte[]> givenUp) {

    interface ErrorCheck {
      void run(int error) throws Exception;
    }

    void eachError(ErrorCheck check) throws Exception {
      for (int error : system.errors()) {
        if (!system.pending().test(error)) {
          try {
            check.run(error);
          } catch (AssertionError | Exception e) {
            throw new AssertionError(
                String.format(Locale.ROOT, "%s answers %d: %s", call, error, e), e);
          }
        }
      }
      connects(TestData.bytes(2000));
    }

    /** Connects by a new backend, which probes its system first. */
    void connectsOrThrowsAnew(int error) throws Exception {
      if (error % 10 == 0) {
        CallScript fresh = new CallScript();
        FastOpenBackend other = system.backend().apply(fresh);
        fresh.answer(call, -error);
        other.connector().capability();
        new FailingCall(system, call, fresh, other, lab, givenUp).connectsOrThrows(error);
      }
    }

    /** Asserts that a connect works again, and that no connection is left over. */
    private void connects(byte[] bytes) throws Exception {
      InetSocketAddress server = lab.peer().address();
      try (SocketChannel channel =
          lab.client().call(() -> backend.connector().open(server, ByteBuffer.wrap(bytes)))) {
        CapturingServer.finish(channel);
      }
      Expect.sameBytes("what the server got", bytes, received());
      Expect.equal("other connections", 0, lab.peer().waiting());
    }

    void connectsOrThrows(int error) throws Exception {
      byte[] bytes = TestData.bytes(call.equals("recv") ? 0 : 100 + error % 1000);
      ByteBuffer data = ByteBuffer.wrap(bytes);
      try (SocketChannel channel = lab.client().call(() -> SocketChannel.open())) {
        script.answer(call, -error);
        try {
          lab.client().call(() -> backend.connector().connect(channel, lab.peer().address(), data));
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

    /** Skips data that a failed connect had sent, which may have arrived, once. */
    private byte[] received() throws InterruptedException {
      while (true) {
        byte[] bytes = lab.peer().next().bytes();
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
      InetSocketAddress local = new InetSocketAddress(lab.server().ipv4(), 0);
      try (ServerSocketChannel listener =
              lab.server().call(() -> backend.listener().open(local, 10, 10));
          SocketChannel channel = lab.client().call(() -> SocketChannel.open())) {
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
