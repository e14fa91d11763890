package io.tfo.lab;

import io.tfo.lab.Segment.Direction;
import java.io.IOException;

/** One namespace, both hosts on its loopback interface, and a packet socket that listens there. */
final class LoopbackLink implements Link {
  private static final String NIC = "lo";
  private static final int ETHERNET_MTU = 1500;

  private final CloseStack resources;
  private final Namespace namespace;
  private final PacketSocket tap;

  private LoopbackLink(CloseStack resources) throws IOException {
    this.resources = resources;
    namespace = resources.add(Namespace.create());
    HostSetup.beforeInterfaces();
    NetworkInterfaces.segmentsInSoftware(NIC);
    int index = NetworkInterfaces.index(NIC);
    try (Netlink netlink = new Netlink()) {
      netlink.mtu(index, ETHERNET_MTU);
      netlink.up(index);
      HostSetup.addresses(netlink, index, HostRole.CLIENT);
      HostSetup.addresses(netlink, index, HostRole.SERVER);
      HostSetup.awaitAddresses(HostRole.CLIENT);
      HostSetup.awaitAddresses(HostRole.SERVER);
    }
    tap = resources.add(new PacketSocket());
  }

  static Link open() throws IOException {
    return Namespace.apart(
        () -> {
          CloseStack resources = new CloseStack();
          try {
            return new LoopbackLink(resources);
          } catch (Throwable e) {
            resources.close();
            throw e;
          }
        });
  }

  @Override
  public LabAvailability.Kind kind() {
    return LabAvailability.Kind.LOOPBACK;
  }

  @Override
  public Namespace namespace(HostRole side) {
    return namespace;
  }

  @Override
  public String nic() {
    return NIC;
  }

  @Override
  public PacketSocket tap() {
    return tap;
  }

  @Override
  public Direction direction(int nic) {
    return Direction.TO_SERVER; // not to be told from the interface
  }

  @Override
  public void deliver(byte[] packet, Direction direction) {
    throw new UnsupportedOperationException("the kernel delivers");
  }

  @Override
  public void close() {
    resources.close();
  }
}
