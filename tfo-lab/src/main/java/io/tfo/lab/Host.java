package io.tfo.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One of the two hosts of a {@link Lab}.
 *
 * <p>A socket belongs to the host on whose thread it was opened, and stays there whichever thread
 * uses it later. So open channels by {@link #call}, and use them anywhere, on virtual threads as
 * well. Do not let a thread of this host start a long-lived thread pool, not even by the first use
 * of a library.
 */
public final class Host {
  private static final Duration CALL_LIMIT = Duration.ofSeconds(60);
  private static final Path NETSTAT = Path.of("/proc/thread-self/net/netstat");
  private static final String TCP_EXT = "TcpExt:";

  private final HostRole role;
  private final Link link;
  private final HostThreads threads;

  Host(HostRole role, Link link, Namespace namespace) {
    this.role = role;
    this.link = link;
    this.threads = new HostThreads(namespace, role);
  }

  /**
   * Runs a task on this host and waits for it, 60 seconds at most.
   *
   * @param <T> its result
   * @param task what to run, on a thread of its own
   * @return the result
   * @throws TimeoutException if it takes longer; its thread is interrupted
   * @throws Exception as the task throws it
   */
  public <T> T call(Callable<T> task) throws Exception {
    Future<T> future = start(task);
    try {
      return future.get(CALL_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    } finally {
      future.cancel(true);
    }
  }

  /**
   * Starts a task on a thread of its own on this host.
   *
   * @param <T> its result
   * @param task what to run
   * @return the running task; cancelling it interrupts the thread
   */
  public <T> Future<T> start(Callable<T> task) {
    FutureTask<T> future = new FutureTask<>(task);
    threads.newThread(future).start();
    return future;
  }

  /** Returns a factory of platform daemon threads on this host, which end with the lab. */
  public ThreadFactory threads() {
    return threads;
  }

  /** Returns the IPv4 address. */
  public Inet4Address ipv4() {
    return role.ipv4();
  }

  /** Returns the IPv6 address; the host has it if {@link #hasIpv6()}. */
  public Inet6Address ipv6() {
    return role.ipv6();
  }

  /**
   * Says whether the kernel and the JDK have IPv6. The JDK has none if the network namespace that
   * the JVM was started in has no IPv6 address.
   */
  public boolean hasIpv6() {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET6)) {
      return channel.isOpen() && HostSetup.hasIpv6();
    } catch (UnsupportedOperationException e) {
      return false; // the JDK's answer
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Returns the link-local address of this host, with the scope id that it has on a host.
   *
   * @param other the host that uses the address; this one, too
   */
  public Inet6Address linkLocalFrom(Host other) {
    return role.linkLocal(other.local(() -> NetworkInterfaces.index(link.interfaceName())));
  }

  /**
   * Returns a sysctl of this host.
   *
   * @param name its name below {@code net}, such as {@code net.ipv4.tcp_fastopen}
   * @throws IllegalArgumentException if the name is not below {@code net}
   */
  public String sysctl(String name) {
    return local(() -> HostSetup.read(name));
  }

  /**
   * Sets a sysctl of this host.
   *
   * @param name its name below {@code net}
   * @param value the value, as it is written to {@code /proc/sys}
   * @throws IllegalArgumentException if the name is not below {@code net}
   */
  public void sysctl(String name, String value) {
    local(
        () -> {
          HostSetup.write(name, value);
          return true;
        });
  }

  /**
   * Returns one of the kernel's TCP counters of this host.
   *
   * @param name its name in {@code /proc/net/netstat}, such as {@code TCPFastOpenActive}
   * @throws IllegalArgumentException if the kernel has no such counter
   */
  public long counter(String name) {
    List<String> lines = local(() -> Files.readAllLines(NETSTAT));
    List<List<String>> table =
        lines.stream()
            .filter(line -> line.startsWith(TCP_EXT))
            .map(line -> List.of(line.split(" ")))
            .toList();
    int column = table.get(0).indexOf(name);
    if (column < 1) {
      throw new IllegalArgumentException("no TCP counter " + name);
    }
    return Long.parseLong(table.get(1).get(column));
  }

  /**
   * Sets the MTU of this host; the other host learns of it from the MSS in the SYN. With less than
   * 1,280 bytes the kernel removes the IPv6 addresses.
   *
   * @param mtu bytes, from 576 to 9,000; 1,500 unless set
   */
  public void mtu(int mtu) {
    if (mtu < 576 || mtu > PacketSocket.MAX_MTU) {
      throw new IllegalArgumentException("mtu " + mtu);
    }
    local(
        () -> {
          try (Netlink netlink = new Netlink()) {
            netlink.mtu(NetworkInterfaces.index(link.interfaceName()), mtu);
          }
          return true;
        });
  }

  /**
   * Adds an address to this host.
   *
   * @param address one in the network of the hosts, 10.77.0.0/24 or fd77::/64
   */
  public void address(InetAddress address) {
    int prefix = address instanceof Inet4Address ? HostRole.IPV4_PREFIX : HostRole.IPV6_PREFIX;
    local(
        () -> {
          try (Netlink netlink = new Netlink()) {
            netlink.address(NetworkInterfaces.index(link.interfaceName()), address, prefix);
          }
          return true;
        });
  }

  private <T> T local(Callable<T> task) {
    try {
      return call(task);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  HostThreads ownThreads() {
    return threads;
  }

  /** Returns the address and the role. */
  @Override
  public String toString() {
    return role + " " + ipv4().getHostAddress();
  }
}
