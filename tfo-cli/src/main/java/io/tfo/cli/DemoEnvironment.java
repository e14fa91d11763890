package io.tfo.cli;

import io.tfo.lab.Segment;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;

/** Where the demonstration takes place: two hosts, and whoever watches what is between them. */
interface DemoEnvironment extends AutoCloseable {
  /** Runs a task where it has the client's network. */
  <T> T onClient(Callable<T> task) throws Exception;

  /** Runs a task where it has the server's network. */
  <T> T onServer(Callable<T> task) throws Exception;

  /** Makes the server's threads. */
  ThreadFactory serverThreads();

  /** The server's address. */
  InetAddress server();

  /** Forgets the segments seen so far. */
  void forget();

  /** What was seen since then; nothing where nobody watches. */
  List<Segment> segments();

  @Override
  void close();
}
