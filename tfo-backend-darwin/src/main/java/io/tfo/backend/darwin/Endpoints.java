package io.tfo.backend.darwin;

import io.tfo.jna.SocketAddressLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * {@code sa_endpoints_t} ({@code sys/socket.h}, 64 bits), followed by the address that it points
 * to. The pointer is written once; only the address changes. One call at a time uses it.
 */
final class Endpoints {
  private static final int SIZEOF_SA_ENDPOINTS = 40;
  private static final int SAE_DSTADDR = 24;
  private static final int SAE_DSTADDRLEN = 32;

  /** A pool of the endpoints that no call uses now. */
  static final class Pool {
    private final DarwinSocketApi sockets;
    private final ConcurrentLinkedQueue<Endpoints> free = new ConcurrentLinkedQueue<>();

    Pool(DarwinSocketApi sockets) {
      this.sockets = sockets;
    }

    /** Takes endpoints with a destination only: any source, on any interface. */
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

  /** The argument of {@code connectx}. */
  final ByteBuffer memory;

  private Endpoints(DarwinSocketApi sockets) {
    memory =
        ByteBuffer.allocateDirect(SIZEOF_SA_ENDPOINTS + SocketAddressLayout.MAX_LENGTH)
            .order(ByteOrder.nativeOrder());
    memory.putLong(SAE_DSTADDR, sockets.addressOf(memory) + SIZEOF_SA_ENDPOINTS);
  }
}
