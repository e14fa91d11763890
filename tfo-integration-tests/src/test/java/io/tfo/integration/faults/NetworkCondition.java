package io.tfo.integration.faults;

import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.Segment.Direction;
import io.tfo.lab.Segment.Flag;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import java.util.function.Supplier;

/**
 * A state of the network or of a host, by its name: the one list for all tests in a lab. The faults
 * of the wire are made of {@link Faults}.
 */
public enum NetworkCondition {
  NONE("none", (lab, server) -> {}),

  SYN_DATA_DROPPED("SYNs with data are dropped", wire(() -> Faults.dropSynData())),
  FIRST_SYN_DATA_DROPPED("the first SYN with data is dropped", wire(() -> Faults.dropSynData(1))),
  SYN_DATA_DROPPED_AT_RANDOM(
      "SYNs with data are dropped at random",
      wire(() -> Faults.only(Faults::isSynWithData, Faults.loss(0.5, 7413)))),
  SYN_DATA_STRIPPED("the data is removed from the SYN", wire(Faults::stripSynData)),
  DATA_AFTER_SYN_DROPPED(
      "the first data after the SYN is dropped",
      wire(() -> Faults.after(Segment::isSyn, Faults.dropFirst(Faults::hasData, 1)))),

  OPTION_STRIPPED("the option is stripped", wire(() -> Faults.stripFastOpenOption())),
  OPTION_STRIPPED_TO_SERVER(
      "the option is stripped on the way out",
      wire(() -> Faults.stripFastOpenOption(Direction.TO_SERVER))),
  OPTION_STRIPPED_TO_CLIENT(
      "the option is stripped on the way back",
      wire(() -> Faults.stripFastOpenOption(Direction.TO_CLIENT))),

  OFF_AT_CLIENT(
      "the client has switched TCP Fast Open off",
      (lab, server) -> lab.client().sysctl("net.ipv4.tcp_fastopen", "2")),
  OFF_AT_SERVER(
      "the server has switched TCP Fast Open off",
      (lab, server) -> lab.server().sysctl("net.ipv4.tcp_fastopen", "1")),
  NEW_KEY(
      "the server has a new key",
      (lab, server) -> lab.server().sysctl("net.ipv4.tcp_fastopen_key", randomKey())),
  COOKIE_SPOILED("the cookie is corrupted on the way", wire(Faults::spoilCookie)),
  QUEUE_FULL("the server's queue for SYN data is full", FastOpenQueue::fill),

  /** Costs every client one timeout of the SYN. */
  FIRST_SYN_LOST("the first SYN is lost", wire(() -> Faults.dropFirst(Segment::isSyn, 1))),
  FIRST_SYN_ACK_LOST("the first SYN-ACK is lost", wire(() -> Faults.dropSynAck(1))),

  /**
   * The one condition that a plain connect does not meet. The RST says that the port is refused,
   * and does not say that the data was the reason.
   */
  SYN_DATA_RESET(
      "SYNs with data are reset", wire(() -> Faults.edit(Faults::isSynWithData, Segment::reset))),
  SYN_RESET("every SYN is reset", wire(Faults::resetSyn)),
  SYN_ACK_RESET("the SYN-ACK is reset", wire(() -> Faults.reset(Segment::isSynAck))),
  HANDSHAKE_ACK_RESET(
      "the handshake's ACK is reset",
      wire(
          () ->
              Faults.after(Segment::isSyn, Faults.reset(NetworkCondition::isFromClientAfterSyn)))),
  FIRST_DATA_RESET(
      "the first data after the handshake is reset",
      wire(() -> Faults.reset(NetworkCondition::isDataAfterSyn))),
  REPLY_RESET(
      "the reply is reset",
      wire(
          () ->
              Faults.reset(
                  segment ->
                      segment.direction() == Direction.TO_CLIENT && Faults.hasData(segment)))),

  CUT_BEFORE_SYN("the link is cut before the SYN", wire(Faults::cut)),
  CUT_AFTER_SYN(
      "the link is cut after the SYN", wire(() -> Faults.after(Segment::isSyn, Faults.cut()))),
  CUT_AFTER_HANDSHAKE(
      "the link is cut after the handshake", wire(() -> afterHandshake(Faults.cut()))),
  CUT_BEFORE_SYN_FOR_2(
      "the link is cut before the SYN, for 2 segments",
      wire(() -> Faults.dropFirst(Segment::isSyn, 2))),
  CUT_AFTER_SYN_FOR_2(
      "the link is cut after the SYN, for 2 segments",
      wire(() -> Faults.after(Segment::isSyn, cutFor(2)))),
  CUT_AFTER_HANDSHAKE_FOR_3(
      "the link is cut after the handshake, for 3 segments", wire(() -> afterHandshake(cutFor(3)))),

  SYN_DUPLICATED("the SYN is delivered twice", wire(() -> Faults.duplicate(Segment::isSyn, 3))),
  SYN_DUPLICATED_LATE(
      "the SYN is delivered twice, once after later segments",
      (lab, server) -> {
        lab.wire().fault(Faults.duplicate(Segment::isSyn, 1));
        lab.wire().fault(Faults.delay(Segment::isSyn, 1, Duration.ofMillis(30)));
      }),
  SYN_OVERTAKEN(
      "the SYN is late, and its retransmission overtakes it",
      wire(() -> Faults.delay(Segment::isSyn, 1, Duration.ofMillis(1300)))),
  SYN_ACK_DUPLICATED(
      "the SYN-ACK is delivered twice", wire(() -> Faults.duplicate(Segment::isSynAck, 1))),
  DATA_OUT_OF_ORDER(
      "data after the SYN is out of order",
      wire(() -> Faults.delay(NetworkCondition::isDataAfterSyn, 3, Duration.ofMillis(5)))),

  MTU_576("the MTU is 576", mtu(576, 576)),
  MTU_1280("the MTU is 1280", mtu(1280, 1280)),
  MTU_1500("the MTU is 1500", mtu(1500, 1500)),
  MTU_9000("the MTU is 9000", mtu(9000, 9000)),
  MTU_9000_TO_1280("the MTU is 9000 at the client and 1280 at the server", mtu(9000, 1280));

  /** Brings a condition about. */
  private interface Beginning {
    void begin(Lab lab, InetSocketAddress server) throws Exception;
  }

  private final String title;
  private final Beginning beginning;

  NetworkCondition(String title, Beginning beginning) {
    this.title = title;
    this.beginning = beginning;
  }

  /** Returns what the network does, as the fault table says it. */
  String title() {
    return title;
  }

  /**
   * Brings the condition about, for all connections to a server from now on.
   *
   * @param lab a lab with two hosts
   * @param server the server that the client will connect to
   */
  public void begin(Lab lab, InetSocketAddress server) throws Exception {
    beginning.begin(lab, server);
  }

  /**
   * Brings about a condition that holds for every server.
   *
   * @param lab a lab with two hosts
   */
  public void begin(Lab lab) throws Exception {
    begin(lab, InetSocketAddress.createUnresolved("every.server.invalid", 0));
  }

  private static Beginning wire(Supplier<Fault> fault) {
    return (lab, server) -> lab.wire().fault(fault.get());
  }

  private static Beginning mtu(int client, int server) {
    return (lab, address) -> {
      lab.client().mtu(client);
      lab.server().mtu(server);
    };
  }

  private static String randomKey() {
    Random random = new Random();
    return "%08x-%08x-%08x-%08x"
        .formatted(random.nextInt(), random.nextInt(), random.nextInt(), random.nextInt());
  }

  private static Fault afterHandshake(Fault fault) {
    return Faults.after(
        Segment::isSyn, Faults.after(NetworkCondition::isFromClientAfterSyn, fault));
  }

  private static Fault cutFor(int segments) {
    return Faults.dropFirst(segment -> true, segments);
  }

  private static boolean isFromClientAfterSyn(Segment segment) {
    return segment.direction() == Direction.TO_SERVER && !segment.has(Flag.SYN);
  }

  private static boolean isDataAfterSyn(Segment segment) {
    return isFromClientAfterSyn(segment) && Faults.hasData(segment);
  }
}
