package io.tfo.integration.faults;

import io.tfo.testkit.BackendLab;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Something that a network does to a connection.
 *
 * @param title what it does, as the fault table names it
 * @param before how the network is before the client has a cookie
 * @param trouble begins before the connects
 * @param withCookie whether the client has a cookie by then
 * @param bytes how much the client sends
 * @param connects how many connects are made, one after the other
 * @param patience how long the client waits for anything
 * @param fastOpenQueue how many connections may wait at the server that a SYN's data opened
 * @param ipv6 whether there is such a network for IPv6
 */
record NetworkFault(
    String title,
    Trouble before,
    Trouble trouble,
    boolean withCookie,
    int bytes,
    int connects,
    Duration patience,
    int fastOpenQueue,
    boolean ipv6) {

  /** Lets it happen. */
  interface Trouble {
    void begin(BackendLab hosts, InetSocketAddress server) throws Exception;
  }

  static NetworkFault of(String title, Trouble trouble) {
    return new NetworkFault(
        title, (hosts, server) -> {}, trouble, true, 200, 2, Duration.ofSeconds(20), 100, true);
  }

  NetworkFault before(Trouble other) {
    return new NetworkFault(
        title, other, trouble, withCookie, bytes, connects, patience, fastOpenQueue, ipv6);
  }

  NetworkFault withoutCookie() {
    return new NetworkFault(
        title, before, trouble, false, bytes, connects, patience, fastOpenQueue, ipv6);
  }

  NetworkFault bytes(int other) {
    return new NetworkFault(
        title, before, trouble, withCookie, other, connects, patience, fastOpenQueue, ipv6);
  }

  NetworkFault connects(int other) {
    return new NetworkFault(
        title, before, trouble, withCookie, bytes, other, patience, fastOpenQueue, ipv6);
  }

  NetworkFault patience(Duration other) {
    return new NetworkFault(
        title, before, trouble, withCookie, bytes, connects, other, fastOpenQueue, ipv6);
  }

  NetworkFault fastOpenQueue(int other) {
    return new NetworkFault(
        title, before, trouble, withCookie, bytes, connects, patience, other, ipv6);
  }

  NetworkFault ipv4Only() {
    return new NetworkFault(
        title, before, trouble, withCookie, bytes, connects, patience, fastOpenQueue, false);
  }

  @Override
  public String toString() {
    return title;
  }
}
