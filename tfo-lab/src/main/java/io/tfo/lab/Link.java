package io.tfo.lab;

import io.tfo.lab.Segment.Direction;
import java.io.IOException;

/** What the two hosts and the wire are made of. */
sealed interface Link extends CloseStack.Resource permits VethLink, LoopbackLink {
  LabAvailability.Kind kind();

  Namespace namespace(HostRole side);

  /** Returns the name of the interface of a host. */
  String nic();

  /** Returns the socket that sees all packets. */
  PacketSocket tap();

  /** Returns which way a packet travels that the tap saw on an interface. */
  Direction direction(int nic);

  /** Hands a packet to the host that it travels to. */
  void deliver(byte[] packet, Direction direction) throws IOException;
}
