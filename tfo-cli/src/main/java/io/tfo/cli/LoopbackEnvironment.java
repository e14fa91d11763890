package io.tfo.cli;

import io.tfo.lab.Segment;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;

/** This machine's own loopback interface, with its own settings, and nobody who watches. */
final class LoopbackEnvironment implements DemoEnvironment {
  private final InetAddress server;

  private LoopbackEnvironment(InetAddress server) {
    this.server = server;
  }

  /** Linux has all of 127/8 there, and a cookie for each address: a new one is without. */
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
  public void forget() {}

  @Override
  public List<Segment> segments() {
    return List.of();
  }

  @Override
  public void close() {}
}
