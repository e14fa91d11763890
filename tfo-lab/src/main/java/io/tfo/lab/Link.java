package io.tfo.lab;

import io.tfo.lab.Segment.Direction;
import java.io.IOException;
import java.util.List;

/** Holds the namespaces and interfaces of the two hosts, and carries packets between them. */
sealed interface Link extends CloseStack.Resource permits VethLink, LoopbackLink {
  /** Returns what a lab on this link can do. */
  LabAvailability.Kind kind();

  /** Returns the namespace of the client. */
  Namespace client();

  /** Returns the namespaces of the servers: one, or those of a fleet. */
  List<Namespace> servers();

  /** Returns the name of the interface that a host has. */
  String interfaceName();

  /** Returns the socket that sees all packets. */
  PacketSocket tap();

  /** Returns which way a packet travels that the tap saw on an interface. */
  Direction direction(int interfaceIndex);

  /** Hands a packet to the host that it travels to. */
  void deliver(byte[] packet, Direction direction) throws IOException;
}
