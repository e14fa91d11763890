package io.tfo.integration.socket;

import io.tfo.lab.Segment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;

/**
 * The result of a request to a server with two addresses.
 *
 * @param outcome what the client returned, or the class of its exception
 * @param tried the addresses that it connected to, in order
 * @param isInSyn whether the SYN to the good address had data
 * @param failover the time on the wire from its first SYN to that of its last connection
 */
record FailoverResult(
    String outcome,
    boolean isFailure,
    List<InetAddress> tried,
    boolean isInSyn,
    Duration failover) {

  /** Makes a request, while no other is made to this server. */
  static FailoverResult of(Callable<String> request, SocketLab hosts, FailoverServer server) {
    int before = syns(hosts, server).size();
    boolean isFailure = false;
    String outcome;
    try {
      outcome = request.call();
    } catch (Exception e) {
      isFailure = true;
      outcome = e.getClass().getName();
    }
    List<Segment> syns = syns(hosts, server);
    Set<InetSocketAddress> connections = new HashSet<>();
    List<InetAddress> tried = new ArrayList<>();
    boolean isInSyn = false;
    Duration failover = Duration.ZERO;
    for (Segment syn : syns.subList(before, syns.size())) {
      if (connections.add(syn.source())) { // a repeated SYN is not added
        tried.add(syn.destination().getAddress());
        failover = syn.at().minus(syns.get(before).at());
        isInSyn |= server.isAlive(syn.destination()) && syn.payloadLength() > 0;
      }
    }
    return new FailoverResult(outcome, isFailure, tried, isInSyn, failover);
  }

  private static List<Segment> syns(SocketLab hosts, FailoverServer server) {
    return hosts.lab().wire().syns().stream()
        .filter(syn -> syn.destination().getPort() == server.port())
        .toList();
  }
}
