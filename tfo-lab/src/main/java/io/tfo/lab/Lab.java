package io.tfo.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A client and a server, each in a Linux network namespace of its own inside this JVM, and a wire
 * between them.
 *
 * <p>Needs root, or {@code unshare -Ur} ({@link LabProcess} does that). Every lab is new: no
 * cookies, counters at zero, {@code net.ipv4.tcp_fastopen=3} on both hosts. Sockets opened on a
 * host are not closed with the lab, and keep the kernel's part of it alive until they are.
 */
public final class Lab implements AutoCloseable {
  private final LabAvailability.Kind kind;
  private final Wire wire;
  private final Relay relay;
  private final Host client;
  private final List<Host> servers;

  private Lab(Link link) throws IOException {
    kind = link.kind();
    wire = new Wire(kind);
    client = new Host(HostRole.CLIENT, link, link.client());
    servers =
        link.servers().stream()
            .map(namespace -> new Host(HostRole.SERVER, link, namespace))
            .toList();
    relay = new Relay(link, wire);
    if (kind == LabAvailability.Kind.LOOPBACK) {
      wire.catchUpBy(relay::catchUp);
    }
  }

  /**
   * Tells what kind of lab this process can have, by opening one.
   *
   * @return the best kind; never throws
   */
  public static LabAvailability availability() {
    return LabProbe.run();
  }

  /**
   * Opens a lab of the best kind that this process can have.
   *
   * @return a new lab
   * @throws IOException if there is none; the message tells the reason
   */
  public static Lab open() throws IOException {
    LabProbe.requirePlatform();
    try {
      return open(LabAvailability.Kind.TWO_HOSTS);
    } catch (IOException e) {
      try {
        return open(LabAvailability.Kind.LOOPBACK);
      } catch (IOException second) {
        e.addSuppressed(second);
        throw e;
      }
    }
  }

  /**
   * Opens a lab of one kind.
   *
   * @param kind the kind, not {@code NONE}
   * @return a new lab
   * @throws IOException if there is no such lab here, saying why
   */
  public static Lab open(LabAvailability.Kind kind) throws IOException {
    Link link =
        switch (kind) {
          case TWO_HOSTS -> VethLink.open(1);
          case LOOPBACK -> LoopbackLink.open();
          case NONE -> throw new IllegalArgumentException("cannot open a lab of the kind NONE");
        };
    return over(link);
  }

  /**
   * Opens a lab on one loopback interface whose wire records nothing. It is for thousands of
   * connections whose segments are not examined: a record takes a seventh of their CPU time.
   *
   * @return a new lab of the kind {@code LOOPBACK}
   * @throws IOException if there is no such lab here, saying why
   */
  public static Lab unrecorded() throws IOException {
    LoopbackLink link = LoopbackLink.open();
    Lab lab = over(link);
    try {
      link.tap().receiveNothing();
    } catch (IOException e) {
      lab.close();
      throw e;
    }
    lab.wire.catchUpBy(
        () -> {
          throw new IllegalStateException("this wire records nothing");
        });
    return lab;
  }

  /**
   * Opens a lab with a fleet: several servers that all have the same addresses, behind a switch.
   *
   * @param servers how many servers there are
   * @param balance the switch: the number of the server that gets the packets of a client's address
   *     and port, from 0; called for each packet, on the thread of the wire
   * @return a new lab of the kind {@code TWO_HOSTS}
   * @throws IOException if there is no such lab here, saying why
   */
  public static Lab fleet(int servers, ToIntFunction<InetSocketAddress> balance)
      throws IOException {
    VethLink link = VethLink.open(servers);
    link.balance(balance);
    return over(link);
  }

  private static Lab over(Link link) throws IOException {
    try {
      return new Lab(link);
    } catch (IOException | RuntimeException | Error e) {
      link.close();
      throw e;
    }
  }

  /** Returns what this lab can do. */
  public LabAvailability.Kind kind() {
    return kind;
  }

  /** Returns the host that is meant to connect. */
  public Host client() {
    return client;
  }

  /** Returns the host that is meant to listen; the first one of a fleet. */
  public Host server() {
    return servers.get(0);
  }

  /** Returns all hosts that are meant to listen: one, or those of a fleet. */
  public List<Host> servers() {
    return servers;
  }

  /** Returns the wire. */
  public Wire wire() {
    return wire;
  }

  /**
   * Interrupts the threads of both hosts, ends the wire, and releases the namespaces. The second
   * call does nothing.
   *
   * @throws IllegalStateException if a thread did not end within 5 seconds, with its stack;
   *     everything else is closed nevertheless
   */
  @Override
  public synchronized void close() {
    client.ownThreads().close();
    servers.forEach(server -> server.ownThreads().close());
    relay.close();
    List<Thread> stuck = new ArrayList<>(client.ownThreads().stuck());
    servers.forEach(server -> stuck.addAll(server.ownThreads().stuck()));
    if (!stuck.isEmpty()) {
      Thread first = stuck.get(0);
      throw new IllegalStateException(
          stuck.size()
              + " threads did not end; "
              + first
              + " "
              + Arrays.toString(first.getStackTrace()));
    }
  }
}
