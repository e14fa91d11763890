package io.tfo.cli;

import io.tfo.lab.Segment;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;

/**
 * The two hosts of a demonstration, and a capture of the segments between them, if there is one.
 */
interface DemoEnvironment extends AutoCloseable {
  /** Runs a task in the network of the client. */
  <T> T onClient(Callable<T> task) throws Exception;

  /** Runs a task in the network of the server. */
  <T> T onServer(Callable<T> task) throws Exception;

  /** Creates threads in the network of the server. */
  ThreadFactory serverThreads();

  /** The server's address. */
  InetAddress server();

  /** Discards the segments captured so far. */
  void discardSegments();

  /** Returns the segments captured since {@link #discardSegments}; empty without a capture. */
  List<Segment> segments();

  @Override
  void close();
}
