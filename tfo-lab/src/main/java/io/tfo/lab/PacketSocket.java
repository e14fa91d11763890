package io.tfo.lab;

import static io.tfo.lab.ErrnoException.check;

import com.sun.jna.Pointer;
import io.tfo.lab.libc.Libc;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Receives every IP packet of one namespace, and sends packets from it (packet(7)).
 *
 * <p>Packets come through a ring shared with the kernel, because the receive buffer of an ordinary
 * user's socket is too small for a burst. One socket serves all interfaces, because closing one
 * takes the kernel tens of milliseconds. One thread at a time.
 */
final class PacketSocket implements CloseStack.Resource {
  /** The largest MTU whose packets fit into the frames of the ring. */
  static final int MAX_MTU = 9000;

  private static final int SOL_PACKET = 263; // bits/socket.h
  private static final int PACKET_RX_RING = 5; // linux/if_packet.h
  private static final int PACKET_VERSION = 10;
  private static final int PACKET_QDISC_BYPASS = 20; // Linux 3.14
  private static final int PACKET_IGNORE_OUTGOING = 23; // Linux 4.20
  private static final int TPACKET_V2 = 1;
  private static final int PACKET_OUTGOING = 4;
  private static final int TP_STATUS_KERNEL = 0;
  private static final int TP_STATUS_USER = 1;
  private static final short ETH_P_ALL = 0x0003; // linux/if_ether.h
  private static final short ETH_P_IP = 0x0800;
  private static final short ETH_P_IPV6 = (short) 0x86dd;
  private static final short ETH_P_802_EX1 = (short) 0x88b5; // of local experiments: there is none
  private static final int PROT_READ_WRITE = 1 | 2; // asm-generic/mman-common.h
  private static final int MAP_SHARED = 1;

  private static final int FRAME_BYTES = 9216; // the largest packet, and what stands before it
  private static final int BLOCK_BYTES = 1 << 16; // a multiple of every page size
  private static final int BLOCKS = 512;
  private static final int LENGTH = BLOCKS * BLOCK_BYTES;
  private static final int FRAMES_PER_BLOCK = BLOCK_BYTES / FRAME_BYTES; // none crosses a border
  private static final int FRAMES = BLOCKS * FRAMES_PER_BLOCK;

  // struct tpacket2_hdr, and the struct sockaddr_ll behind it
  private static final int SNAPLEN = 8;
  private static final int NET = 14;
  private static final int SECONDS = 16;
  private static final int NANOS = 20;
  private static final int INTERFACE = 32 + 4;
  private static final int PACKET_TYPE = 32 + 10;
  private static final long MAX_AGE_NANOS = 250_000_000;

  private static final VarHandle STATUS =
      MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.nativeOrder());

  /** An IP packet, the interface it came from, and when, by System.nanoTime(). */
  @SuppressWarnings("ArrayRecordComponent") // handed on, never compared
  record Arrival(byte[] packet, int interfaceIndex, long nanos) {}

  private final int fd;
  private final long address;
  private final ByteBuffer ring;
  private int next;
  private long last = System.nanoTime();

  /** Opens a socket in the calling thread's namespace. */
  PacketSocket() throws IOException {
    int type = Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC;
    fd = check("socket(AF_PACKET)", Libc.socket(Libc.AF_PACKET, type, 0));
    long mapped = -1;
    try {
      option("PACKET_VERSION", PACKET_VERSION, TPACKET_V2);
      // an interface that has just come up has for a moment a queue that drops everything
      option("PACKET_QDISC_BYPASS", PACKET_QDISC_BYPASS, 1);
      ignoreOutgoing();
      option("PACKET_RX_RING", PACKET_RX_RING, BLOCK_BYTES, BLOCKS, FRAME_BYTES, FRAMES);
      mapped = check("mmap", Libc.mmap(LENGTH, PROT_READ_WRITE, MAP_SHARED, fd));
      byte[] local = linkAddress(ETH_P_ALL, 0, new byte[0]);
      check("bind(AF_PACKET)", Libc.bind(fd, local, local.length));
    } catch (IOException e) {
      release(mapped);
      throw e;
    }
    address = mapped;
    ring = new Pointer(address).getByteBuffer(0, LENGTH).order(ByteOrder.nativeOrder());
  }

  int descriptor() {
    return fd;
  }

  /** Receives nothing from now on. */
  void receiveNothing() throws IOException {
    byte[] local = linkAddress(ETH_P_802_EX1, 0, new byte[0]);
    check("bind(AF_PACKET)", Libc.bind(fd, local, local.length));
  }

  /** Returns the next packet that arrived, from its IP header on, or null if there is none. */
  @Nullable Arrival poll() {
    while (true) {
      int frame = next / FRAMES_PER_BLOCK * BLOCK_BYTES + next % FRAMES_PER_BLOCK * FRAME_BYTES;
      if (((int) STATUS.getAcquire(ring, frame) & TP_STATUS_USER) == 0) {
        return null;
      }
      Arrival arrival = null;
      if (ring.get(frame + PACKET_TYPE) != PACKET_OUTGOING) {
        byte[] packet = new byte[ring.getInt(frame + SNAPLEN)];
        ring.get(frame + Short.toUnsignedInt(ring.getShort(frame + NET)), packet);
        arrival = new Arrival(packet, ring.getInt(frame + INTERFACE), nanos(frame));
      }
      STATUS.setRelease(ring, frame, TP_STATUS_KERNEL);
      next = (next + 1) % FRAMES;
      if (arrival != null) {
        return arrival;
      }
    }
  }

  /**
   * Returns when the kernel received the packet; the kernel's time is not used if the clock was set
   * since. It is never before that of the previous packet, or the wire would change their order.
   */
  private long nanos(int frame) {
    long now = System.nanoTime();
    Instant clock = Instant.now();
    long seconds = clock.getEpochSecond() - Integer.toUnsignedLong(ring.getInt(frame + SECONDS));
    long age = seconds * 1_000_000_000 + clock.getNano() - ring.getInt(frame + NANOS);
    long taken = age < 0 || age > MAX_AGE_NANOS ? now : now - age;
    if (taken - last > 0) {
      last = taken;
    }
    return last;
  }

  /** Sends an IP packet to a hardware address. */
  void send(byte[] packet, int interfaceIndex, byte[] hardwareAddress) throws IOException {
    byte[] to =
        linkAddress(packet[0] >> 4 == 4 ? ETH_P_IP : ETH_P_IPV6, interfaceIndex, hardwareAddress);
    check(
        "sendto(AF_PACKET, " + packet.length + " bytes)",
        Libc.sendto(fd, packet, packet.length, Libc.MSG_DONTWAIT, to, to.length));
  }

  @Override
  public void close() {
    release(address);
  }

  private void release(long mapped) {
    if (mapped != -1) {
      Libc.munmap(mapped, LENGTH);
    }
    Libc.close(fd);
  }

  private void option(String call, int name, int... values) throws IOException {
    ByteBuffer value = ByteBuffer.allocate(4 * values.length).order(ByteOrder.nativeOrder());
    value.asIntBuffer().put(values);
    byte[] bytes = value.array();
    check("setsockopt(" + call + ")", Libc.setsockopt(fd, SOL_PACKET, name, bytes, bytes.length));
  }

  /** Returns a struct sockaddr_ll. */
  private static byte[] linkAddress(short protocol, int interfaceIndex, byte[] hardwareAddress) {
    ByteBuffer buffer = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
    buffer.putShort((short) Libc.AF_PACKET);
    buffer.put((byte) (protocol >> 8)).put((byte) protocol).putInt(interfaceIndex);
    buffer.putShort((short) 0).put((byte) 0);
    buffer.put((byte) hardwareAddress.length).put(hardwareAddress);
    return buffer.array();
  }

  /** Excludes sent packets from the ring, which saves half of it. An older kernel returns them. */
  private void ignoreOutgoing() {
    byte[] on = {1, 1, 1, 1}; // not 0, in any order of bytes
    Libc.setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, on, on.length);
  }
}
