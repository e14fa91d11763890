package io.tfo.lab;

import io.tfo.lab.Segment.Direction;
import java.io.IOException;

/**
 * Two hosts, each a namespace with a veth interface whose peer is in a third namespace, where a
 * packet socket carries the packets over. Needs no device file, and no right outside the user
 * namespace.
 *
 * <p>Both hosts have the same hardware address and no ARP, so that each can address the other
 * without a request.
 */
final class VethLink implements Link {
  private static final String INTERFACE = "eth0";
  private static final byte[] HARDWARE_ADDRESS = {2, 0, 0, 0, 0x77, 0x77};

  private final CloseStack opened;
  private final Namespace client;
  private final Namespace server;
  private final PacketSocket tap;
  private final int clientWire;
  private final int serverWire;

  private VethLink(CloseStack opened) throws IOException {
    this.opened = opened;
    client = opened.add(Namespace.create());
    HostSetup.beforeInterfaces();
    server = opened.add(Namespace.create());
    HostSetup.beforeInterfaces();
    Namespace.leave();
    HostSetup.disableIpv6();
    try (Netlink netlink = new Netlink()) {
      clientWire = wire(netlink, "client", client);
      serverWire = wire(netlink, "server", server);
    }
    tap = opened.add(new PacketSocket());
    host(HostRole.CLIENT);
    host(HostRole.SERVER);
  }

  static Link open() throws IOException {
    return Namespace.apart(() -> CloseStack.open(VethLink::new));
  }

  /** Makes the interface of a host, and returns the index of its other end here. */
  private static int wire(Netlink netlink, String name, Namespace host) throws IOException {
    netlink.createVeth(name, INTERFACE, HARDWARE_ADDRESS, host);
    int index = NetworkInterfaces.index(name);
    netlink.mtu(index, PacketSocket.MAX_MTU);
    netlink.up(index);
    return index;
  }

  private void host(HostRole role) throws IOException {
    namespace(role).enter();
    try (Netlink netlink = new Netlink()) {
      netlink.up(NetworkInterfaces.index("lo"));
      NetworkInterfaces.checksumsInSoftware(INTERFACE);
      int index = NetworkInterfaces.index(INTERFACE);
      netlink.up(index);
      HostSetup.addresses(netlink, index, role);
      HostSetup.awaitAddresses(role);
    }
  }

  @Override
  public LabAvailability.Kind kind() {
    return LabAvailability.Kind.TWO_HOSTS;
  }

  @Override
  public Namespace namespace(HostRole role) {
    return role == HostRole.CLIENT ? client : server;
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
    return interfaceIndex == clientWire ? Direction.TO_SERVER : Direction.TO_CLIENT;
  }

  @Override
  public void deliver(byte[] packet, Direction direction) throws IOException {
    int interfaceIndex = direction == Direction.TO_SERVER ? serverWire : clientWire;
    tap.send(packet, interfaceIndex, HARDWARE_ADDRESS);
  }

  @Override
  public void close() {
    opened.close();
  }
}
