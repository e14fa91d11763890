package io.tfo.integration.faults;

import java.time.Duration;

/**
 * A row of the fault table: a condition, and the connects that are made under it.
 *
 * @param title what the network does, as the table says it
 * @param before the condition before the client has a cookie
 * @param condition the condition of the connects
 * @param withCookie whether the client has a cookie by then
 * @param bytes how many bytes the client sends
 * @param connects how many connects are made, one after the other
 * @param patience how long the client waits for anything
 * @param fastOpenQueue how many connections opened by SYN data may wait at the server
 * @param ipv6 whether the condition exists for IPv6
 */
record FaultRow(
    String title,
    NetworkCondition before,
    NetworkCondition condition,
    boolean withCookie,
    int bytes,
    int connects,
    Duration patience,
    int fastOpenQueue,
    boolean ipv6) {

  /** A client with a cookie that sends 200 bytes, twice, and waits up to 20 seconds. */
  static FaultRow of(NetworkCondition condition) {
    return new FaultRow(
        condition.title(),
        NetworkCondition.NONE,
        condition,
        true,
        200,
        2,
        Duration.ofSeconds(20),
        100,
        true);
  }

  FaultRow title(String other) {
    return new FaultRow(
        other, before, condition, withCookie, bytes, connects, patience, fastOpenQueue, ipv6);
  }

  FaultRow before(NetworkCondition other) {
    return new FaultRow(
        title, other, condition, withCookie, bytes, connects, patience, fastOpenQueue, ipv6);
  }

  FaultRow withoutCookie() {
    return new FaultRow(
        title, before, condition, false, bytes, connects, patience, fastOpenQueue, ipv6);
  }

  FaultRow bytes(int other) {
    return new FaultRow(
        title, before, condition, withCookie, other, connects, patience, fastOpenQueue, ipv6);
  }

  FaultRow connects(int other) {
    return new FaultRow(
        title, before, condition, withCookie, bytes, other, patience, fastOpenQueue, ipv6);
  }

  FaultRow patience(Duration other) {
    return new FaultRow(
        title, before, condition, withCookie, bytes, connects, other, fastOpenQueue, ipv6);
  }

  FaultRow fastOpenQueue(int other) {
    return new FaultRow(
        title, before, condition, withCookie, bytes, connects, patience, other, ipv6);
  }

  FaultRow ipv4Only() {
    return new FaultRow(
        title, before, condition, withCookie, bytes, connects, patience, fastOpenQueue, false);
  }

  @Override
  public String toString() {
    return title;
  }
}
