package io.tfo.lab;

import io.tfo.lab.Segment.Direction;
import java.io.IOException;
import java.util.List;

/** Two hosts on the loopback interface of one namespace, and a packet socket that records it. */
final class LoopbackLink implements Link {
  private static final String INTERFACE = "lo";
  private static final int ETHERNET_MTU = 1500;

  private final CloseStack opened;
  private final Namespace namespace;
  private final PacketSocket tap;

  private LoopbackLink(CloseStack opened) throws IOException {
    this.opened = opened;
    namespace = opened.add(Namespace.create());
    HostSetup.beforeInterfaces();
    NetworkInterfaces.segmentsInSoftware(INTERFACE);
    int index = NetworkInterfaces.index(INTERFACE);
    try (Netlink netlink = new Netlink()) {
      netlink.mtu(index, ETHERNET_MTU);
      netlink.up(index);
      HostSetup.addresses(netlink, index, HostRole.CLIENT);
      HostSetup.addresses(netlink, index, HostRole.SERVER);
      HostSetup.awaitAddresses(HostRole.CLIENT);
      HostSetup.awaitAddresses(HostRole.SERVER);
    }
    tap = opened.add(new PacketSocket());
  }

  static LoopbackLink open() throws IOException {
    return Namespace.apart(() -> CloseStack.open(LoopbackLink::new));
  }

  @Override
  public LabAvailability.Kind kind() {
    return LabAvailability.Kind.LOOPBACK;
  }

  @Override
  public Namespace client() {
    return namespace;
  }

  @Override
  public List<Namespace> servers() {
    return List.of(namespace);
  }

  @Override
  public String interfaceName() {
    return INTERFACE;
  }

  @Override
  public PacketSocket tap() {
    return tap;
  }

  @Override
  public Direction direction(int interfaceIndex) {
    return Direction.TO_SERVER; // the interface does not tell
  }

  @Override
  public void deliver(byte[] packet, Direction direction) {
    throw new UnsupportedOperationException("the kernel delivers the packets of loopback");
  }

  @Override
  public void close() {
    opened.close();
  }
}
