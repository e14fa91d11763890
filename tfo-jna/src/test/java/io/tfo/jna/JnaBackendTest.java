package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class JnaBackendTest {
  @Test
  void isWhatItWasMadeOf() {
    FastOpenBackend backend = new ScriptedTcp().backend();

    assertThat(backend.name()).isEqualTo("scripted");
    assertThat(backend.priority()).isEqualTo(7);
    assertThat(backend.connector()).isSameAs(backend.connector());
    assertThat(backend.listener()).isSameAs(backend.listener());
    assertThat(backend.connector().capability()).isEqualTo(ScriptedTcp.CAPABILITY);
    assertThat(backend.listener().capability())
        .isEqualTo(
            FastOpenCapability.available(
                ScriptedTcp.CAPABILITY.detail()
                    + "; keys: not known whether a listener's own or the machine's"));
  }

  @Test
  void loadsNothingOnAForeignSystemAndConnectsPlainly() throws Exception {
    FastOpenBackend backend =
        backend(
            "works on Plan 9",
            () -> {
              throw new AssertionError("loaded");
            });

    assertThat(backend.connector().capability())
        .isEqualTo(FastOpenCapability.unsupported("works on Plan 9"));
    assertThat(backend.listener().capability())
        .isEqualTo(FastOpenCapability.unsupported("works on Plan 9"));
    assertConnectsPlainly(backend);
  }

  @Test
  void loadsNothingBeforeTheFirstUseAndThenOnce() throws Exception {
    AtomicInteger loads = new AtomicInteger();
    FastOpenBackend backend =
        backend(
            null,
            () -> {
              loads.incrementAndGet();
              return new ScriptedTcp();
            });
    assertThat(loads).hasValue(0);

    assertConnectsPlainly(backend);
    assertConnectsPlainly(backend);

    assertThat(backend.connector().capability()).isEqualTo(ScriptedTcp.CAPABILITY);
    assertThat(loads).hasValue(1);
  }

  static List<Throwable> failures() {
    return List.of(
        new UnsatisfiedLinkError("no jnidispatch"),
        new NoClassDefFoundError("com/sun/jna/Native"),
        new ExceptionInInitializerError(new IllegalCallerException("Illegal native access")),
        new NoSuchMethodError("setsockopt"),
        new IllegalStateException("runtime"),
        new Error("an incompatible JNA native library is installed"),
        new AssertionError("a bug"),
        new IOException("thrown without being declared"));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void connectsPlainlyWhateverTheLoaderThrows(Throwable failure) throws Exception {
    AtomicInteger loads = new AtomicInteger();
    FastOpenBackend backend =
        backend(
            null,
            () -> {
              loads.incrementAndGet();
              throw JnaBackendTest.<RuntimeException>sneaky(failure);
            });

    assertConnectsPlainly(backend);

    FastOpenCapability capability = backend.connector().capability();
    assertThat(capability.status()).isEqualTo(Status.UNSUPPORTED);
    Throwable root = failure.getCause() == null ? failure : failure.getCause();
    assertThat(capability.detail()).contains(String.valueOf(root.getMessage()));
    assertThat(backend.listener().capability()).isEqualTo(capability);
    assertThat(loads).hasValue(1);
  }

  @Test
  void namesTheRemedyWhereThereIsOne() {
    assertThat(remedy(new IllegalCallerException("Illegal native access from unnamed module")))
        .contains("--enable-native-access");
    assertThat(remedy(new NoClassDefFoundError("com/sun/jna/Native"))).contains("jna on the class");
    assertThat(remedy(new UnsatisfiedLinkError("/com/sun/jna/x: failed to map segment")))
        .contains("-Djna.tmpdir");
    assertThat(
            remedy(
                new UnsatisfiedLinkError(
                    "/tmp/jna.tmp: Error relocating /tmp/jna.tmp: __strdup: symbol not found")))
        .contains("gcompat")
        .doesNotContain("tmpdir");
    assertThat(
            remedy(
                new UnsatisfiedLinkError(
                    "Error loading shared library libx.so: No such file (needed by /tmp/jna.tmp)")))
        .contains("gcompat");
    assertThat(
            remedy(
                new UnsatisfiedLinkError(
                    "Error loading shared library /tmp/jna.tmp: Operation not permitted")))
        .as("a folder that is mounted noexec")
        .contains("-Djna.tmpdir")
        .doesNotContain("gcompat");
    assertThat(remedy(new UnsatisfiedLinkError("Could not find JNA native support")))
        .contains("-Djna.boot.library.path=FOLDER", "remove -Djna.nounpack")
        .doesNotContain("tmpdir");
    assertThat(remedy(new IllegalStateException("who knows"))).isEmpty();
  }

  private static String remedy(Throwable failure) {
    return backend(
            null,
            () -> {
              throw JnaBackendTest.<RuntimeException>sneaky(failure);
            })
        .connector()
        .capability()
        .remedy()
        .orElse("");
  }

  @Test
  void keepsTheReasonForWhichTheSystemIsTooOld() throws Exception {
    ScriptedTcp tcp =
        new ScriptedTcp() {
          @Override
          public void probe(int fd) throws IOException {
            throw new IOException("setsockopt: ENOPROTOOPT (92): Linux before 4.11");
          }
        };
    FastOpenBackend backend = tcp.backend();

    assertConnectsPlainly(backend);

    assertThat(backend.connector().capability())
        .isEqualTo(
            FastOpenCapability.unsupported("setsockopt: ENOPROTOOPT (92): Linux before 4.11"));
    assertThat(tcp.calls).isEmpty();
  }

  @Test
  void neverThrowsFromACapability() throws Exception {
    NativeTcp tcp = mock(NativeTcp.class);
    when(tcp.client()).thenThrow(new IllegalStateException("client side"));
    when(tcp.server()).thenThrow(new NoClassDefFoundError("server side"));
    when(tcp.addresses()).thenReturn(SocketAddressLayout.LINUX);
    when(tcp.sendSyn(anyInt(), any(), anyInt(), any(), anyInt())).thenReturn(NativeTcp.NOT_SENT);
    FastOpenBackend backend = new ScriptedTcp.Backend(tcp);

    assertThat(backend.connector().capability().status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(backend.connector().capability().detail()).contains("client side");
    assertThat(backend.listener().capability().detail()).contains("server side");
  }

  @Test
  void learnsTogetherWithTheOtherBackendsOfTheProcess() throws Exception {
    ScriptedTcp one = sendingSyns();
    ScriptedTcp other = sendingSyns();
    InetSocketAddress closed = OneConnectionServer.refusing();

    assertIsRefused(backend(null, () -> one), closed);
    assertIsRefused(backend(null, () -> other), closed);

    assertThat(one.calls).contains("sendSyn 2");
    assertThat(other.calls).as("the next is plain").doesNotContain("sendSyn 2");
  }

  private static ScriptedTcp sendingSyns() {
    ScriptedTcp tcp = new ScriptedTcp();
    tcp.nonBlocking = true;
    tcp.syn = ScriptedTcp.taking(0);
    return tcp;
  }

  private static void assertIsRefused(FastOpenBackend backend, InetSocketAddress closed) {
    assertThatThrownBy(() -> backend.connector().open(closed, OneConnectionServer.buffer(2)))
        .isInstanceOf(ConnectException.class);
  }

  /** In every way but the channel's own, this is the JDK's connect. */
  private static void assertConnectsPlainly(FastOpenBackend backend) throws Exception {
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel =
            backend.connector().open(peer.address(), OneConnectionServer.buffer(100))) {
      channel.shutdownOutput();
      assertThat(peer.received()).isEqualTo(OneConnectionServer.bytes(100));
      if (backend.connector().capability().status() == Status.UNSUPPORTED) {
        assertThat(backend.connector().outcome(channel)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
      }
    }
    try (ServerSocketChannel listener = backend.listener().open(null, 0, 5);
        SocketChannel client = SocketChannel.open(listener.getLocalAddress());
        SocketChannel accepted = listener.accept()) {
      assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
      if (backend.listener().capability().status() == Status.UNSUPPORTED) {
        assertThat(backend.listener().outcome(accepted)).isEqualTo(FastOpenOutcome.UNKNOWN);
      }
    }
  }

  private static FastOpenBackend backend(@Nullable String foreign, Supplier<NativeTcp> loader) {
    return new JnaBackend("test", 1, foreign) {
      @Override
      protected NativeTcp load() {
        return loader.get();
      }
    };
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T sneaky(Throwable t) throws T {
    throw (T) t;
  }
}
