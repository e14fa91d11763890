package io.tfo.lab;

import io.tfo.lab.LabAvailability.Kind;
import io.tfo.lab.libc.Libc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells what kind of lab this process can have, by opening labs. */
final class LabProbe {
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Path KERNEL = Path.of("/proc/sys");

  private LabProbe() {}

  static LabAvailability run() {
    try {
      requirePlatform();
    } catch (IOException e) {
      return new LabAvailability(Kind.NONE, message(e), Optional.empty());
    }
    Throwable problem;
    try {
      return probe(Kind.TWO_HOSTS, "two network namespaces and a wire");
    } catch (Exception | LinkageError | AssertionError e) {
      problem = e;
    }
    try {
      return probe(Kind.LOOPBACK, "loopback only, as there is no wire: " + message(problem));
    } catch (Exception | LinkageError | AssertionError e) {
      return new LabAvailability(Kind.NONE, message(problem), remedy(problem));
    }
  }

  /** Throws if no lab is possible: without Linux or JNA. */
  static void requirePlatform() throws IOException {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.startsWith("Linux")) {
      throw new IOException("the lab needs Linux network namespaces, and this is " + system);
    }
    try {
      Libc.if_nametoindex(new byte[1]);
    } catch (LinkageError e) {
      throw new IOException("JNA does not load: " + message(e), e);
    }
  }

  /** Opens a lab, and a connection in it. */
  private static LabAvailability probe(Kind kind, String detail) throws Exception {
    try (Lab lab = Lab.open(kind);
        ServerSocketChannel listener = lab.server().call(ServerSocketChannel::open);
        SocketChannel channel = lab.client().call(SocketChannel::open)) {
      listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      listener.bind(new InetSocketAddress(lab.server().ipv4(), 0));
      channel.configureBlocking(false);
      channel.connect(listener.getLocalAddress());
      lab.wire().await(Segment::isSyn, LIMIT);
      lab.wire().await(Segment::isSynAck, LIMIT);
      return new LabAvailability(kind, detail, Optional.empty());
    }
  }

  private static Optional<String> remedy(Throwable problem) {
    List<String> steps = new ArrayList<>();
    @Nullable Throwable cause = problem.getCause();
    if (cause instanceof ErrnoException failure && failure.errno() == ErrnoException.EPERM) {
      steps.add("run as root (in a container with SYS_ADMIN and NET_ADMIN), or under unshare -Ur");
      if (sysctlIs("kernel/unprivileged_userns_clone", "0")) {
        steps.add("sysctl -w kernel.unprivileged_userns_clone=1");
      }
      if (sysctlIs("kernel/apparmor_restrict_unprivileged_userns", "1")) {
        steps.add("sysctl -w kernel.apparmor_restrict_unprivileged_userns=0");
      }
    }
    for (String limit : List.of("max_user_namespaces", "max_net_namespaces")) {
      if (sysctlIs("user/" + limit, "0")) {
        steps.add("sysctl -w user." + limit + "=1000");
      }
    }
    return steps.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", steps));
  }

  private static boolean sysctlIs(String name, String value) {
    try {
      return Files.readAllLines(KERNEL.resolve(name)).equals(List.of(value));
    } catch (IOException e) {
      return false; // this kernel has no such switch
    }
  }

  private static String message(Throwable problem) {
    return String.valueOf(problem.getMessage());
  }
}
