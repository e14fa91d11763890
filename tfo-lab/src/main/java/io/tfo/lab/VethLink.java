package io.tfo.lab;

import io.tfo.lab.Segment.Direction;
import java.io.IOException;

/**
 * Two namespaces, each with a veth interface whose peer is in a third one, where packet sockets
 * carry the packets over. Needs neither a device file nor a right outside the user namespace.
 *
 * <p>Both hosts have the same hardware address and no ARP: so every packet is addressed to the
 * other host without asking.
 */
final class VethLink implements Link {
  private static final String NIC = "eth0";
  private static final byte[] HARDWARE_ADDRESS = {2, 0, 0, 0, 0x77, 0x77};

  private final CloseStack resources;
  private final Namespace client;
  private final Namespace server;
  private final PacketSocket tap;
  private final int clientWire;
  private final int serverWire;

  private VethLink(CloseStack resources) throws IOException {
    this.resources = resources;
    client = resources.add(Namespace.create());
    HostSetup.beforeInterfaces();
    server = resources.add(Namespace.create());
    HostSetup.beforeInterfaces();
    Namespace.leave();
    HostSetup.silence();
    try (Netlink netlink = new Netlink()) {
      clientWire = wire(netlink, "client", client);
      serverWire = wire(netlink, "server", server);
    }
    tap = resources.add(new PacketSocket());
    host(HostRole.CLIENT);
    host(HostRole.SERVER);
  }

  static Link open() throws IOException {
    return Namespace.apart(
        () -> {
          CloseStack resources = new CloseStack();
          try {
            return new VethLink(resources);
          } catch (Throwable e) {
            resources.close();
            throw e;
          }
        });
  }

  /** Makes the interface of a host, and returns the index of its other end here. */
  private static int wire(Netlink netlink, String name, Namespace host) throws IOException {
    netlink.createVeth(name, NIC, HARDWARE_ADDRESS, host);
    int index = NetworkInterfaces.index(name);
    netlink.mtu(index, PacketSocket.MAX_MTU);
    netlink.up(index);
    return index;
  }

  private void host(HostRole side) throws IOException {
    namespace(side).enter();
    try (Netlink netlink = new Netlink()) {
      netlink.up(NetworkInterfaces.index("lo"));
      NetworkInterfaces.checksumsInSoftware(NIC);
      int index = NetworkInterfaces.index(NIC);
      netlink.up(index);
      HostSetup.addresses(netlink, index, side);
      HostSetup.awaitAddresses(side);
    }
  }

  @Override
  public LabAvailability.Kind kind() {
    return LabAvailability.Kind.TWO_HOSTS;
  }

  @Override
  public Namespace namespace(HostRole side) {
    return side == HostRole.CLIENT ? client : server;
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
    return nic == clientWire ? Direction.TO_SERVER : Direction.TO_CLIENT;
  }

  @Override
  public void deliver(byte[] packet, Direction direction) throws IOException {
    int nic = direction == Direction.TO_SERVER ? serverWire : clientWire;
    tap.send(packet, nic, HARDWARE_ADDRESS);
  }

  @Override
  public void close() {
    resources.close();
  }
}
