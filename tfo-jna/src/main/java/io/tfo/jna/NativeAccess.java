package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.jdk.JdkChannels;
import io.tfo.jdk.JdkSockets;
import io.tfo.jdk.JnaLoading;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A backend's {@link NativeTcp}, loaded and probed at the first use; if that fails, the reason. */
final class NativeAccess {
  private final JnaBackend backend;
  private volatile @Nullable Probed probed;
  private volatile boolean socketsAreProbed;

  /** The result of the first use: the TCP, or else the reason. */
  private record Probed(@Nullable NativeTcp tcp, FastOpenCapability reason) {}

  NativeAccess(@Nullable String foreign, JnaBackend backend) {
    this.backend = backend;
    this.probed =
        foreign == null ? null : new Probed(null, FastOpenCapability.unsupported(foreign));
  }

  FastOpenCapability client() {
    return capability(true);
  }

  FastOpenCapability server() {
    return capability(false);
  }

  private FastOpenCapability capability(boolean isClient) {
    Probed found = probed();
    NativeTcp tcp = found.tcp();
    if (tcp == null) {
      return found.reason();
    }
    try {
      return isClient ? tcp.client() : tcp.server();
    } catch (RuntimeException | LinkageError e) {
      return unsupported("", e);
    }
  }

  @Nullable NativeTcp tcp() {
    return probed().tcp();
  }

  /**
   * Access to the JDK's channels; null if it is denied, and as long as nothing could be probed: a
   * first use without a free descriptor would make it fail permanently.
   */
  @Nullable JdkChannels channels() {
    return probed == null ? null : JdkChannels.ACCESS;
  }

  /** The same for sockets; also null if there is no {@link #tcp}. */
  @Nullable JdkSockets sockets() {
    return tcp() != null && mayUseSockets() ? JdkSockets.ACCESS : null;
  }

  private boolean mayUseSockets() {
    if (!socketsAreProbed) {
      try {
        DescriptorTrial.require();
        socketsAreProbed = true;
      } catch (IOException e) {
        return false;
      }
    }
    return true;
  }

  private Probed probed() {
    Probed found = probed;
    return found != null ? found : probeOnce();
  }

  /**
   * Probes with the library's permissions: under a security manager, too, the first program that
   * connects probes for all.
   */
  @SuppressWarnings("removal")
  private Probed probeOnce() {
    return System.getSecurityManager() == null
        ? probeUnlessFound()
        : AccessController.doPrivileged((PrivilegedAction<Probed>) this::probeUnlessFound);
  }

  private synchronized Probed probeUnlessFound() {
    Probed found = probed;
    if (found == null) {
      try {
        found = probe();
        probed = found;
      } catch (IOException e) {
        // For example too many open files: the next connect may succeed, so this result is not
        // kept.
        return new Probed(
            null, FastOpenCapability.disabled("cannot be probed now: " + reason(e), "try again"));
      }
    }
    return found;
  }

  /**
   * Probes a channel of the JDK's own provider. {@code SocketChannel.open()} would make the process
   * choose its provider permanently: the agent could not install its own afterwards.
   */
  private Probed probe() throws IOException {
    DescriptorTrial.require(); // if it throws, JNA would fail permanently
    JdkChannels jdk = JdkChannels.ACCESS;
    if (jdk == null) {
      return new Probed(null, unsupported("no access to the JDK's channels: ", JdkChannels.DENIED));
    }
    SelectorProvider provider;
    try {
      provider = JdkChannels.provider();
    } catch (IllegalAccessException e) {
      return new Probed(null, unsupported("no access to the JDK's channels: ", e));
    }
    try (SocketChannel channel = provider.openSocketChannel()) {
      return probe(jdk, channel);
    }
  }

  private Probed probe(JdkChannels jdk, SocketChannel channel) {
    try {
      jdk.check(channel);
      JnaLoading.load();
      NativeTcp tcp = backend.load();
      tcp.probe(jdk.fd(channel));
      return new Probed(tcp, FastOpenCapability.available(""));
    } catch (Throwable e) {
      // A backend may throw anything, and none of it may reach a connect.
      return new Probed(null, unsupported("", e));
    }
  }

  private static FastOpenCapability unsupported(String prefix, @Nullable Throwable e) {
    String reason = reason(e);
    return new FastOpenCapability(
        FastOpenCapability.Status.UNSUPPORTED, prefix + reason, remedy(reason));
  }

  /**
   * Found by the text of the exception: for a class that failed before, the JVM keeps only that.
   */
  private static Optional<String> remedy(String reason) {
    if (reason.contains("IllegalCallerException")) {
      return Optional.of(
          "run java with --enable-native-access=ALL-UNNAMED (class path) or"
              + " --enable-native-access=com.sun.jna (module path)");
    }
    if (reason.contains("Error relocating") // the words of musl's loader
        || (reason.contains("Error loading shared library") && reason.contains("(needed by"))) {
      return Optional.of(
          "JNA's library needs functions that musl lacks: install Alpine's package gcompat, and run"
              + " java with LD_PRELOAD=/lib/libgcompat.so.0");
    }
    if (reason.contains("JNA native support")) { // jna.nounpack or jna.noclasspath is set
      return Optional.of(
          "set -Djna.boot.library.path=FOLDER to the folder with JNA's unpacked library, or remove"
              + " -Djna.nounpack and -Djna.noclasspath");
    }
    if (reason.contains("UnsatisfiedLinkError")) {
      return Optional.of(
          "set -Djna.tmpdir=FOLDER to a writable folder from which libraries can be loaded");
    }
    if (reason.contains("com.sun.jna.SymbolProvider")
        || reason.contains("com/sun/jna/SymbolProvider")) { // since JNA 5.13
      return Optional.of(
          "put net.java.dev.jna:jna 5.13 or later on the class path: the one there is older");
    }
    if (reason.contains("ClassNotFoundException: com.sun.jna")
        || reason.contains("NoClassDefFoundError: com/sun/jna")) {
      return Optional.of("put net.java.dev.jna:jna on the class path");
    }
    if (reason.contains("java.util.logging") || reason.contains("java/util/logging")) {
      return Optional.of(
          "JNA needs the module java.logging: add it to the image that jlink makes, or run java"
              + " with --add-modules java.logging");
    }
    return Optional.empty();
  }

  private static String reason(@Nullable Throwable e) {
    if (e == null) {
      return "unknown";
    }
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return e instanceof IOException && e.getMessage() != null ? e.getMessage() : root.toString();
  }
}
