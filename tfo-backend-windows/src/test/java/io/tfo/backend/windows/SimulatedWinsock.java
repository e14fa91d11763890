package io.tfo.backend.windows;

import io.tfo.lab.simulation.ForeignSocketAddress;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.lab.simulation.SimulatedKernel;
import io.tfo.lab.simulation.SocketTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Winsock on Linux. A call returns 0 or a result, or the negative error of Windows.
 *
 * <p>Where Windows' behaviour is not documented, it is simulated as strictly as is plausible. One
 * such choice: setting the option fails with WSAEOPNOTSUPP where TCP Fast Open is switched off.
 * Windows has one switch. In a network namespace of the lab it is on where both bits of {@code
 * tcp_fastopen} are; in the namespace of the process it is always on.
 */
final class SimulatedWinsock extends SimulatedKernel<SimulatedSocket> implements WindowsSocketApi {
  private static final byte[] CONNECTEX_GUID =
      HexFormat.of().parseHex("b907a225f3dd60468ee976e58c74063e");

  private static final long CONNECTEX_ADDRESS = 0x7ffb_1234_5678L;
  private static final int SIZEOF_OVERLAPPED = 32;
  private static final int SIZEOF_POINTER = 8;

  private final Violations violations = new Violations();
  private final List<SimulatedPort> ports = new ArrayList<>();
  private final List<ConnectExCall> pending = new ArrayList<>();
  private final List<ConnectExCall> withoutContext = new ArrayList<>();
  private final AtomicLong ids = new AtomicLong(0x1000);
  private final Deviation deviation;
  private boolean connectExBound;
  private int begun;
  private int completed;
  private int updated;
  private int cancelled;
  private int failFast;
  private int sharedPorts;
  private int mostGiven;
  private final Set<Integer> overlappeds = new HashSet<>();

  SimulatedWinsock(Deviation deviation) {
    super(
        new SocketTable<>(SimulatedSocket::new),
        ForeignSocketAddress.withoutLength(Wsa.AF_INET6),
        Wsa.WSAENOTSOCK);
    this.deviation = deviation;
    Thread io = new Thread(this::io, "simulated-winsock-io");
    io.setDaemon(true);
    io.start();
  }

  Violations violations() {
    return violations;
  }

  synchronized int begun() {
    return begun;
  }

  synchronized int completed() {
    return completed;
  }

  synchronized int updated() {
    return updated;
  }

  synchronized int cancelled() {
    return cancelled;
  }

  /** Counts the ConnectEx that were begun on sockets whose port may be shared. */
  synchronized int sharedPorts() {
    return sharedPorts;
  }

  /** Returns the most bytes that a ConnectEx was given. */
  synchronized int mostGiven() {
    return mostGiven;
  }

  /** Counts the different OVERLAPPED that were used. */
  synchronized int overlappeds() {
    return overlappeds.size();
  }

  /** Counts the sockets on which the option is on and no ConnectEx was begun. */
  synchronized long fastOpenListeners() {
    return sockets.states().filter(each -> each.fastOpen && each.connect == null).count();
  }

  @Override
  public int socket(int family, int type, int protocol) {
    if (family != Wsa.AF_INET && family != Wsa.AF_INET6) {
      return -Wsa.WSAEAFNOSUPPORT;
    }
    if (type != 1 || (protocol != Wsa.IPPROTO_TCP && protocol != 0)) {
      return -Wsa.WSAEPROTOTYPE;
    }
    return LinuxCalls.socket(family == Wsa.AF_INET ? LinuxCalls.AF_INET : LinuxCalls.AF_INET6);
  }

  @Override
  public synchronized int closesocket(int s) {
    return call(
        s,
        socket -> {
          sockets.remove(s);
          LinuxCalls.close(s);
          return 0;
        });
  }

  @Override
  public synchronized int setsockopt(int s, int level, int name, ByteBuffer value, int length) {
    return call(s, socket -> set(s, socket, level, name, value, length));
  }

  private int set(
      int s, SimulatedSocket socket, int level, int name, ByteBuffer value, int length) {
    if (level == Wsa.SOL_SOCKET && name == Wsa.SO_UPDATE_CONNECT_CONTEXT) {
      return updateContext(socket, value, length);
    }
    boolean fastOpen = level == Wsa.IPPROTO_TCP && name == Wsa.TCP_FASTOPEN;
    boolean reusePort = level == Wsa.SOL_SOCKET && name == Wsa.SO_REUSE_UNICASTPORT;
    if (!fastOpen && !reusePort) {
      return -Wsa.WSAENOPROTOOPT;
    }
    if (value == null || length < 4) {
      return -Wsa.WSAEFAULT;
    }
    int on = value.getInt(0);
    if (on != 0 && on != 1) {
      return -Wsa.WSAEINVAL;
    }
    return fastOpen ? setFastOpen(s, socket, on) : setReusePort(s, socket, on);
  }

  private int setFastOpen(int s, SimulatedSocket socket, int on) {
    if (on == 1 && deviation.optionError() != 0) {
      return -deviation.optionError();
    }
    if (socket.connect != null || LinuxCalls.isListening(s) || LinuxCalls.hasPeer(s)) {
      return -Wsa.WSAEINVAL;
    }
    if (on == 1 && !isSwitchedOn()) {
      return -Wsa.WSAEOPNOTSUPP;
    }
    socket.fastOpen = on == 1;
    LinuxCalls.acceptFastOpen(s, on == 1);
    return 0;
  }

  private static boolean isSwitchedOn() {
    try {
      Path own = Files.readSymbolicLink(Path.of("/proc/self/ns/net"));
      Path here = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
      return here.equals(own) || (LinuxCalls.fastOpenSysctl() & 3) == 3;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private int setReusePort(int s, SimulatedSocket socket, int on) {
    if (isBound(s, socket)) {
      return -Wsa.WSAEINVAL;
    }
    socket.reusePort = on == 1;
    LinuxCalls.choosePortLate(s, on == 1);
    return 0;
  }

  private int updateContext(SimulatedSocket socket, ByteBuffer value, int length) {
    if (value != null || length != 0) {
      return -Wsa.WSAEFAULT;
    }
    ConnectExCall connect = socket.connect;
    if (connect == null || !connect.isComplete() || connect.error() != 0) {
      return -Wsa.WSAENOTCONN;
    }
    if (deviation.contextError() != 0) {
      return -deviation.contextError();
    }
    if (connect.holdsRealSocket()) {
      connect.updateContext();
      sockets.put(connect.fd, socket);
      withoutContext.remove(connect);
      updated++;
    }
    return 0;
  }

  @Override
  public synchronized int getsockopt(
      int s, int level, int name, ByteBuffer value, ByteBuffer length) {
    return call(s, socket -> get(socket, level, name, value, length));
  }

  private static int get(
      SimulatedSocket socket, int level, int name, ByteBuffer value, ByteBuffer length) {
    if (level != Wsa.IPPROTO_TCP || name != Wsa.TCP_FASTOPEN) {
      return -Wsa.WSAENOPROTOOPT;
    }
    if (length.getInt(0) < 4) {
      return -Wsa.WSAEFAULT;
    }
    if (socket.hasNoContext()) {
      return -Wsa.WSAENOTCONN;
    }
    value.putInt(0, socket.fastOpen ? 1 : 0);
    length.putInt(0, 4);
    return 0;
  }

  private static boolean isBound(int s, SimulatedSocket socket) {
    return socket.bound || LinuxCalls.hasLocalPort(s);
  }

  @Override
  public synchronized int bind(int s, ByteBuffer address, int length) {
    return call(
        s,
        socket -> {
          if (isBound(s, socket)) {
            return -Wsa.WSAEINVAL;
          }
          if (!isAddress(address, length, socket.family)) {
            return -Wsa.WSAEFAULT;
          }
          int result = LinuxCalls.bind(s, addresses.toLinux(address));
          socket.bound = result >= 0;
          return result < 0 ? -Wsa.ofErrno(-result) : 0;
        });
  }

  private boolean isAddress(ByteBuffer address, int length, int family) {
    return length >= ForeignSocketAddress.sizeOf(family) && addresses.family(address) == family;
  }

  @Override
  public synchronized int WSAIoctl(
      int s,
      int code,
      ByteBuffer in,
      int inLength,
      ByteBuffer out,
      int outLength,
      ByteBuffer returned) {
    return call(
        s,
        socket ->
            switch (code) {
              case Wsa.SIO_TCP_INITIAL_RTO -> setInitialRto(s, socket, in, inLength);
              case Wsa.SIO_GET_EXTENSION_FUNCTION_POINTER ->
                  lookUp(in, inLength, out, outLength, returned);
              default -> -Wsa.WSAEOPNOTSUPP;
            });
  }

  private int lookUp(
      ByteBuffer in, int inLength, ByteBuffer out, int outLength, ByteBuffer returned) {
    if (deviation.lookupError() != 0) {
      return -deviation.lookupError();
    }
    if (inLength != CONNECTEX_GUID.length || outLength != SIZEOF_POINTER || returned == null) {
      return -Wsa.WSAEFAULT;
    }
    if (!Arrays.equals(copy(in, inLength), CONNECTEX_GUID)) {
      return -Wsa.WSAEINVAL;
    }
    out.putLong(0, CONNECTEX_ADDRESS);
    returned.putInt(0, SIZEOF_POINTER);
    return 0;
  }

  /** Takes a USHORT and a UCHAR; Linux never repeats a SYN that was answered. */
  private int setInitialRto(int s, SimulatedSocket socket, ByteBuffer in, int inLength) {
    if (inLength != 4) {
      return -Wsa.WSAEFAULT;
    }
    if (socket.connect != null || LinuxCalls.hasPeer(s)) {
      return -Wsa.WSAEISCONN;
    }
    byte fewest = deviation.before1709() ? (byte) 1 : (byte) 0xfe;
    if ((in.getShort(0) & 0xffff) != 0xffff || in.get(2) != fewest) {
      return -Wsa.WSAEINVAL;
    }
    failFast++;
    return 0;
  }

  /** Counts the sockets that were told not to repeat a SYN. */
  synchronized int failFast() {
    return failFast;
  }

  /** Binds the name to the address, as a linker does. */
  @Override
  public synchronized void bindConnectEx(long address) {
    if (address != CONNECTEX_ADDRESS) {
      throw new AssertionError("ConnectEx is not at 0x%x".formatted(address));
    }
    connectExBound = true;
  }

  @Override
  public int ConnectEx(
      int s,
      ByteBuffer address,
      int addressLength,
      ByteBuffer data,
      int dataLength,
      ByteBuffer sent,
      ByteBuffer overlapped) {
    ConnectExCall begun;
    synchronized (this) {
      if (!connectExBound) {
        throw new AssertionError("ConnectEx was called before its address was known");
      }
      int refused = call(s, socket -> refuse(s, socket, address, addressLength, overlapped));
      if (refused != 0) {
        return refused;
      }
      SimulatedSocket socket = sockets.find(s);
      overlappeds.add(System.identityHashCode(overlapped));
      mostGiven = Math.max(mostGiven, dataLength);
      sharedPorts += socket.reusePort ? 1 : 0;
      byte[] bytes = copy(data, dataLength);
      byte[] most = Arrays.copyOf(bytes, Math.min(dataLength, deviation.mostSent()));
      int taken = connect(s, socket, addresses.toLinux(address), most);
      if (taken < 0 && taken != -LinuxCalls.ECONNREFUSED) {
        return -Wsa.ofErrno(-taken);
      }
      begun =
          new ConnectExCall(
              ids.addAndGet(16), socket, s, overlapped, data, bytes, Math.max(0, taken), deviation);
      if (taken < 0) {
        begun.failWith(Wsa.WSAECONNREFUSED);
      }
      socket.connect = begun;
      sockets.put(s, socket);
      pending.add(begun);
      notifyAll();
      this.begun++;
    }
    if (!deviation.immediate()) {
      return -Wsa.WSA_IO_PENDING;
    }
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(1);
    while (!begun.isComplete() && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    if (!begun.isComplete() || begun.error() != 0) {
      return -Wsa.WSA_IO_PENDING;
    }
    sent.putInt(0, begun.sent());
    return 0;
  }

  /** Returns 0, or the negative error with which ConnectEx does not begin. */
  private int refuse(
      int s, SimulatedSocket socket, ByteBuffer address, int length, ByteBuffer overlapped) {
    if (overlapped == null) {
      return -Wsa.WSAEINVAL;
    }
    if (overlapped.capacity() < SIZEOF_OVERLAPPED) {
      violations.add("an OVERLAPPED of %d bytes".formatted(overlapped.capacity()));
      return -Wsa.WSAEFAULT;
    }
    if (pending.stream().anyMatch(each -> each.uses(overlapped))) {
      violations.add("an OVERLAPPED was used again before its completion");
      return -Wsa.WSAEINVAL;
    }
    for (int i = 16; i < SIZEOF_OVERLAPPED; i++) {
      if (overlapped.get(i) != 0) {
        return -Wsa.ERROR_INVALID_HANDLE;
      }
    }
    if (socket.isConnecting()) {
      return -Wsa.WSAEALREADY;
    }
    if (socket.connect != null || LinuxCalls.hasPeer(s) || LinuxCalls.isListening(s)) {
      return -Wsa.WSAEISCONN;
    }
    if (!isBound(s, socket)) {
      return -Wsa.WSAEINVAL;
    }
    if (length < 16) {
      return -Wsa.WSAEFAULT;
    }
    if (addresses.family(address) != socket.family) {
      return -Wsa.WSAEAFNOSUPPORT;
    }
    return isAddress(address, length, socket.family) ? -deviation.refusal() : -Wsa.WSAEFAULT;
  }

  /** Returns how many bytes went with the SYN, or the negative errno. */
  private static int connect(int s, SimulatedSocket socket, byte[] remote, byte[] data) {
    if (socket.fastOpen) {
      int taken = LinuxCalls.sendFastOpen(s, data, remote);
      if (taken != -LinuxCalls.EOPNOTSUPP) {
        return taken == -LinuxCalls.EINPROGRESS ? 0 : taken;
      }
    }
    int result = LinuxCalls.connect(s, remote);
    return result == -LinuxCalls.EINPROGRESS ? 0 : result;
  }

  @Override
  public synchronized int WSAGetOverlappedResult(
      int s, ByteBuffer overlapped, ByteBuffer transferred, int wait, ByteBuffer flags) {
    return call(s, socket -> result(socket, overlapped, transferred, wait, flags));
  }

  private int result(
      SimulatedSocket socket,
      ByteBuffer overlapped,
      ByteBuffer transferred,
      int wait,
      ByteBuffer flags) {
    if (transferred == null || flags == null) {
      return -Wsa.WSAEFAULT;
    }
    ConnectExCall connect = socket.connect;
    if (connect == null || !connect.uses(overlapped)) {
      return -Wsa.ERROR_INVALID_PARAMETER;
    }
    if (!connect.isComplete()) {
      if (wait != 0) {
        violations.add("a wait in a native call");
      }
      return -Wsa.WSA_IO_INCOMPLETE;
    }
    flags.putInt(0, 0);
    transferred.putInt(0, connect.sent());
    return -connect.error();
  }

  @Override
  public synchronized int CancelIoEx(int s, ByteBuffer overlapped) {
    SimulatedSocket socket = sockets.find(s);
    if (socket == null) {
      return -Wsa.ERROR_INVALID_HANDLE;
    }
    ConnectExCall connect = socket.connect;
    boolean found = connect != null && connect.uses(overlapped) && connect.cancel();
    cancelled += found ? 1 : 0;
    return found ? 0 : -Wsa.ERROR_NOT_FOUND;
  }

  @Override
  public synchronized long CreateIoCompletionPort(long file, long port, long key, int threads) {
    if (file == -1) {
      ports.add(new SimulatedPort());
      return ports.size();
    }
    SimulatedSocket socket = sockets.find((int) file);
    if (socket == null || port < 1 || port > ports.size()) {
      return -Wsa.ERROR_INVALID_HANDLE;
    }
    if (socket.port != null) {
      return -Wsa.ERROR_INVALID_PARAMETER;
    }
    socket.port = ports.get((int) port - 1);
    socket.key = key;
    return port;
  }

  @Override
  public int GetQueuedCompletionStatus(
      long port, ByteBuffer bytes, ByteBuffer key, ByteBuffer overlapped, int milliseconds) {
    SimulatedPort at;
    synchronized (this) {
      if (port < 1 || port > ports.size()) {
        overlapped.putLong(0, 0);
        return -Wsa.ERROR_INVALID_HANDLE;
      }
      at = ports.get((int) port - 1);
    }
    try {
      SimulatedPort.Packet packet =
          milliseconds == -1
              ? at.packets.take()
              : at.packets.poll(milliseconds, TimeUnit.MILLISECONDS);
      if (packet == null) {
        overlapped.putLong(0, 0);
        return -Wsa.WAIT_TIMEOUT;
      }
      bytes.putInt(0, packet.bytes());
      key.putLong(0, packet.key());
      overlapped.putLong(0, packet.overlapped());
      return -packet.error();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      overlapped.putLong(0, 0);
      return -Wsa.ERROR_INVALID_HANDLE;
    }
  }

  /** Windows' own thread, which advances pending operations and reports complete ones. */
  private void io() {
    while (true) {
      synchronized (this) {
        while (pending.isEmpty() && withoutContext.isEmpty()) {
          try {
            wait();
          } catch (InterruptedException e) {
            return;
          }
        }
        for (ConnectExCall each : List.copyOf(pending)) {
          if (each.advance()) {
            pending.remove(each);
            each.complete(violations);
            completed++;
            withoutContext.add(each);
          }
        }
        // A socket that is closed without a context takes its connection along.
        withoutContext.removeIf(
            each -> {
              if (each.holdsRealSocket() && each.isClosed()) {
                each.closeReal();
              }
              return !each.holdsRealSocket();
            });
      }
      LockSupport.parkNanos(500_000);
    }
  }
}
