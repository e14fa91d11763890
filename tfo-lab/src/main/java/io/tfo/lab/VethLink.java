package io.tfo.lab;

import io.tfo.lab.Segment.Direction;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * A client and one or more servers, each a namespace with a veth interface whose peer is in a third
 * namespace, where a packet socket carries the packets over. Needs no device file, and no right
 * outside the user namespace.
 *
 * <p>All hosts have the same hardware address and no ARP, so that each can address the other
 * without a request. All servers have the same IP addresses: a switch of the wire chooses.
 */
final class VethLink implements Link {
  private static final String INTERFACE = "eth0";
  private static final byte[] HARDWARE_ADDRESS = {2, 0, 0, 0, 0x77, 0x77};

  private final CloseStack opened;
  private final Namespace client;
  private final List<Namespace> servers = new ArrayList<>();
  private final PacketSocket tap;
  private final int clientWire;
  private final int[] serverWires;
  private volatile ToIntFunction<InetSocketAddress> balance = clientEnd -> 0;

  private VethLink(CloseStack opened, int count) throws IOException {
    this.opened = opened;
    client = opened.add(Namespace.create());
    HostSetup.beforeInterfaces();
    for (int i = 0; i < count; i++) {
      servers.add(opened.add(Namespace.create()));
      HostSetup.beforeInterfaces();
    }
    Namespace.leave();
    HostSetup.disableIpv6();
    serverWires = new int[count];
    try (Netlink netlink = new Netlink()) {
      clientWire = wire(netlink, "client", client);
      for (int i = 0; i < count; i++) {
        serverWires[i] = wire(netlink, "server" + i, servers.get(i));
      }
    }
    tap = opened.add(new PacketSocket());
    host(client, HostRole.CLIENT);
    for (Namespace each : servers) {
      host(each, HostRole.SERVER);
    }
  }

  static VethLink open(int servers) throws IOException {
    return Namespace.apart(() -> CloseStack.open(opened -> new VethLink(opened, servers)));
  }

  /** Sets the switch: the number of the server that gets the packets of a client's address. */
  void balance(ToIntFunction<InetSocketAddress> choice) {
    balance = choice;
  }

  /** Makes the interface of a host, and returns the index of its other end here. */
  private static int wire(Netlink netlink, String name, Namespace host) throws IOException {
    netlink.createVeth(name, INTERFACE, HARDWARE_ADDRESS, host);
    int index = NetworkInterfaces.index(name);
    netlink.mtu(index, PacketSocket.MAX_MTU);
    netlink.up(index);
    return index;
  }

  private static void host(Namespace namespace, HostRole role) throws IOException {
    namespace.enter();
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
  public Namespace client() {
    return client;
  }

  @Override
  public List<Namespace> servers() {
    return List.copyOf(servers);
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
    int interfaceIndex = direction == Direction.TO_SERVER ? serverWire(packet) : clientWire;
    tap.send(packet, interfaceIndex, HARDWARE_ADDRESS);
  }

  private int serverWire(byte[] packet) {
    Packet segment = serverWires.length == 1 ? null : Packet.parse(packet);
    return serverWires[segment == null ? 0 : balance.applyAsInt(segment.source())];
  }

  @Override
  public void close() {
    opened.close();
  }
}
