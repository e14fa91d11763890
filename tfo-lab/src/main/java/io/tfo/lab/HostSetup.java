package io.tfo.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** Prepares the namespace of the calling thread to be a host. */
final class HostSetup {
  private static final Path SYSCTLS = Path.of("/proc/sys");

  private static final Path ROUTES = Path.of("/proc/thread-self/net/ipv6_route");

  /**
   * The longest wait for routes: the kernel adds them on its own thread, one namespace after the
   * other.
   */
  private static final Duration ROUTES_LIMIT = Duration.ofSeconds(30);

  private static final long ROUTES_PAUSE_NANOS = 200_000;

  private HostSetup() {}

  /** Switches TCP Fast Open on for both roles, and IPv6 autoconfiguration off. */
  static void beforeInterfaces() throws IOException {
    write("net.ipv4.tcp_fastopen", "3");
    if (hasIpv6()) {
      for (String scope : new String[] {"all", "default", "lo"}) {
        write("net.ipv6.conf." + scope + ".disable_ipv6", "0");
      }
      write("net.ipv6.conf.default.accept_ra", "0");
      write("net.ipv6.conf.default.router_solicitations", "0");
      write("net.ipv6.conf.default.addr_gen_mode", "1"); // none
    }
  }

  /** Keeps the kernel from sending packets of its own on interfaces that only the wire uses. */
  static void disableIpv6() throws IOException {
    if (hasIpv6()) {
      write("net.ipv6.conf.all.disable_ipv6", "1");
      write("net.ipv6.conf.default.disable_ipv6", "1");
    }
  }

  static void addresses(Netlink netlink, int index, HostRole role) throws IOException {
    netlink.address(index, role.ipv4(), HostRole.IPV4_PREFIX);
    if (hasIpv6()) {
      netlink.address(index, role.ipv6(), HostRole.IPV6_PREFIX);
      netlink.address(index, role.linkLocal(index), HostRole.IPV6_PREFIX);
    }
  }

  /** Waits for the routes to a host's own IPv6 addresses, which the kernel adds a little later. */
  static void awaitAddresses(HostRole role) throws IOException {
    if (!hasIpv6()) {
      return;
    }
    long deadline = System.nanoTime() + ROUTES_LIMIT.toNanos();
    while (!hasRoutes(role)) {
      if (System.nanoTime() - deadline > 0) {
        throw new IOException("IPv6 addresses are not usable after " + ROUTES_LIMIT);
      }
      LockSupport.parkNanos(ROUTES_PAUSE_NANOS);
    }
  }

  private static boolean hasRoutes(HostRole role) throws IOException {
    String routes = Files.readString(ROUTES);
    return Stream.of(role.ipv6(), role.linkLocal(0))
        .map(address -> HexFormat.of().formatHex(address.getAddress()) + " 80 ")
        .allMatch(routes::contains);
  }

  static boolean hasIpv6() {
    return Files.exists(SYSCTLS.resolve("net/ipv6/conf"));
  }

  /**
   * Reads a sysctl. It does not use {@code readString}, which gets only the first digit of an
   * integer from the kernel.
   */
  static String read(String name) throws IOException {
    return String.join("\n", Files.readAllLines(path(name)));
  }

  static void write(String name, String value) throws IOException {
    Files.writeString(path(name), value + "\n");
  }

  /** Refuses names that are not below {@code net}: those belong to the whole machine. */
  private static Path path(String name) {
    if (!name.startsWith("net.") || name.contains("/") || name.contains("..")) {
      throw new IllegalArgumentException("not a sysctl of a network namespace: " + name);
    }
    return SYSCTLS.resolve(name.replace('.', '/'));
  }
}
