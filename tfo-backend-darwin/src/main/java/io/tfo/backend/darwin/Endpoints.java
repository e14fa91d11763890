package io.tfo.backend.darwin;

import io.tfo.jna.SocketAddressLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * {@code sa_endpoints_t} ({@code sys/socket.h}, 64 bits) with the address that it points to behind
 * it. The pointer is written once: only the address changes. Lent for one call at a time.
 */
final class Endpoints {
  private static final int SIZEOF_SA_ENDPOINTS = 40;
  private static final int SAE_DSTADDR = 24;
  private static final int SAE_DSTADDRLEN = 32;

  /** The endpoints that no call uses now. */
  static final class Pool {
    private final DarwinSockets sockets;
    private final ConcurrentLinkedQueue<Endpoints> free = new ConcurrentLinkedQueue<>();

    Pool(DarwinSockets sockets) {
      this.sockets = sockets;
    }

    /** Endpoints with a destination alone: any source, on any interface. */
    Endpoints borrow(ByteBuffer address, int addressLength) {
      Endpoints polled = free.poll();
      Endpoints endpoints = polled != null ? polled : new Endpoints(sockets);
      endpoints.memory.put(SIZEOF_SA_ENDPOINTS, address, 0, addressLength);
      endpoints.memory.putInt(SAE_DSTADDRLEN, addressLength);
      return endpoints;
    }

    void giveBack(Endpoints endpoints) {
      free.add(endpoints);
    }
  }

  /** What {@code connectx} is given. */
  final ByteBuffer memory;

  private Endpoints(DarwinSockets sockets) {
    memory =
        ByteBuffer.allocateDirect(SIZEOF_SA_ENDPOINTS + SocketAddressLayout.MAX_LENGTH)
            .order(ByteOrder.nativeOrder());
    memory.putLong(SAE_DSTADDR, sockets.addressOf(memory) + SIZEOF_SA_ENDPOINTS);
  }
}
