package io.tfo.lab;

import static io.tfo.lab.ErrnoException.check;

import io.tfo.lab.libc.Libc;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Creates and configures interfaces in the namespace of the thread that opened it (rtnetlink(7)).
 */
final class Netlink implements CloseStack.Resource {
  private static final short RTM_NEWLINK = 16; // linux/rtnetlink.h
  private static final short RTM_NEWADDR = 20;
  private static final short NLM_F_REQUEST_ACK = 1 | 4; // linux/netlink.h
  private static final short NLM_F_CREATE_EXCL = 0x400 | 0x200;
  private static final short NLMSG_ERROR = 2;
  private static final short IFLA_ADDRESS = 1; // linux/if_link.h
  private static final short IFLA_IFNAME = 3;
  private static final short IFLA_MTU = 4;
  private static final short IFLA_LINKINFO = 18;
  private static final short IFLA_NET_NS_FD = 28;
  private static final short IFLA_INFO_KIND = 1;
  private static final short IFLA_INFO_DATA = 2;
  private static final short VETH_INFO_PEER = 1; // linux/veth.h
  private static final short IFA_ADDRESS = 1; // linux/if_addr.h
  private static final short IFA_LOCAL = 2;
  private static final byte IFA_F_NODAD = 2;
  private static final int IFF_UP = 1; // linux/if.h
  private static final int IFF_NOARP = 0x80;
  private static final int HEADER_BYTES = 16;
  private static final int ANSWER_BYTES = 4096;

  private final int fd;
  private final ByteBuffer message = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());

  Netlink() throws IOException {
    int type = Libc.SOCK_RAW | Libc.SOCK_CLOEXEC;
    fd = check("socket(AF_NETLINK)", Libc.socket(Libc.AF_NETLINK, type, 0));
  }

  /**
   * Creates a veth pair: one end here, the other, with the given hardware address, in another
   * namespace.
   */
  void createVeth(String name, String peer, byte[] peerAddress, Namespace peerNamespace)
      throws IOException {
    begin(RTM_NEWLINK, NLM_F_CREATE_EXCL);
    link(0, 0, 0);
    text(IFLA_IFNAME, name);
    int info = nest(IFLA_LINKINFO);
    text(IFLA_INFO_KIND, "veth");
    int data = nest(IFLA_INFO_DATA);
    int other = nest(VETH_INFO_PEER);
    link(0, 0, 0);
    text(IFLA_IFNAME, peer);
    bytes(IFLA_ADDRESS, peerAddress);
    number(IFLA_NET_NS_FD, peerNamespace.descriptor());
    end(other);
    end(data);
    end(info);
    request("RTM_NEWLINK(veth)");
  }

  /** Switches an interface on; without ARP, and so without waiting for any neighbour. */
  void up(int index) throws IOException {
    begin(RTM_NEWLINK, (short) 0);
    link(index, IFF_UP | IFF_NOARP, IFF_UP | IFF_NOARP);
    request("RTM_NEWLINK(up)");
  }

  void mtu(int index, int mtu) throws IOException {
    begin(RTM_NEWLINK, (short) 0);
    link(index, 0, 0);
    number(IFLA_MTU, mtu);
    request("RTM_NEWLINK(mtu " + mtu + ")");
  }

  /** Adds an address that can be used at once: without duplicate address detection. */
  void address(int index, InetAddress address, int prefixLength) throws IOException {
    byte[] bytes = address.getAddress();
    begin(RTM_NEWADDR, NLM_F_CREATE_EXCL);
    message.put((byte) (bytes.length == 4 ? Libc.AF_INET : Libc.AF_INET6));
    message.put((byte) prefixLength).put(IFA_F_NODAD).put((byte) 0).putInt(index);
    bytes(IFA_LOCAL, bytes);
    bytes(IFA_ADDRESS, bytes);
    request("RTM_NEWADDR(" + address.getHostAddress() + ")");
  }

  private void begin(short type, short flags) {
    message.clear();
    message.putInt(0).putShort(type).putShort((short) (flags | NLM_F_REQUEST_ACK));
    message.putInt(1).putInt(0);
  }

  private void link(int index, int flags, int change) {
    message.put((byte) 0).put((byte) 0).putShort((short) 0);
    message.putInt(index).putInt(flags).putInt(change);
  }

  private void text(short type, String value) {
    bytes(type, (value + '\0').getBytes(StandardCharsets.US_ASCII));
  }

  private void number(short type, int value) {
    int start = nest(type);
    message.putInt(value);
    end(start);
  }

  private void bytes(short type, byte[] value) {
    int start = nest(type);
    message.put(value);
    end(start);
  }

  private int nest(short type) {
    int start = message.position();
    message.putShort((short) 0).putShort(type);
    return start;
  }

  private void end(int start) {
    message.putShort(start, (short) (message.position() - start));
    while (message.position() % 4 != 0) {
      message.put((byte) 0);
    }
  }

  /** Sends the message; the kernel has answered when the call returns. */
  private void request(String name) throws IOException {
    message.putInt(0, message.position());
    check(name, Libc.send(fd, message.array(), message.position(), 0));
    byte[] answer = new byte[ANSWER_BYTES];
    check(name, Libc.recv(fd, answer, answer.length, Libc.MSG_DONTWAIT));
    ByteBuffer reply = ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder());
    if (reply.getShort(4) != NLMSG_ERROR) {
      throw new IOException(name + ": an answer of type " + reply.getShort(4));
    }
    int errno = -reply.getInt(HEADER_BYTES);
    if (errno != 0) {
      throw new ErrnoException(name, errno);
    }
  }

  @Override
  public void close() {
    Libc.close(fd);
  }
}
