package io.tfo.cli;

import io.tfo.lab.Segment;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;

/** Both hosts on this machine's loopback interface, with its settings and without a capture. */
final class LoopbackEnvironment implements DemoEnvironment {
  private final InetAddress server;

  private LoopbackEnvironment(InetAddress server) {
    this.server = server;
  }

  /**
   * Chooses a new address on Linux, where all of 127/8 is loopback: the kernel keeps a cookie for
   * each address, and has none for a new one.
   */
  static LoopbackEnvironment open() throws IOException {
    if (!System.getProperty("os.name", "").startsWith("Linux")) {
      return new LoopbackEnvironment(InetAddress.getLoopbackAddress());
    }
    byte[] address = new byte[4];
    ThreadLocalRandom.current().nextBytes(address);
    address[0] = 127;
    address[3] = 1;
    return new LoopbackEnvironment(InetAddress.getByAddress(address));
  }

  @Override
  public <T> T onClient(Callable<T> task) throws Exception {
    return task.call();
  }

  @Override
  public <T> T onServer(Callable<T> task) throws Exception {
    return task.call();
  }

  @Override
  public ThreadFactory serverThreads() {
    return LoopbackEnvironment::daemon;
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "demo-server");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public InetAddress server() {
    return server;
  }

  @Override
  public void discardSegments() {}

  @Override
  public List<Segment> segments() {
    return List.of();
  }

  @Override
  public void close() {}
}
