package io.tfo.linux;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.KernelDeferral;
import io.tfo.jna.NativeTcp;
import io.tfo.jna.SocketAddressLayout;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * TCP Fast Open on Linux, except for the SYN: there are two ways to send it, one for each backend.
 */
public abstract class LinuxTcp implements NativeTcp {
  private static final String HIDDEN = FastOpenSysctl.NAME + " cannot be read here";

  private static final String OVERFLOWS = "TCPFastOpenListenOverflow";

  /**
   * Why MPTCP sockets are refused. Linux recognises the third segment of an MPTCP handshake, which
   * carries the keys, by the end of the last SYN ({@code snd_isn} in {@code net/mptcp/options.c}).
   * If the SYN-ACK to a SYN with data is lost, the last SYN has no data, and the keys are never
   * sent.
   */
  private static final FastOpenCapability MULTIPATH =
      FastOpenCapability.unsupported(
          "the sockets of this process are MPTCP sockets: if the answer to a SYN with data is"
              + " lost, an MPTCP connection of Linux hangs: it delivers no data, and does not end",
          "start this process without mptcpize, or without what else turns its TCP sockets into"
              + " MPTCP sockets");

  /** The system calls. */
  protected final LinuxSocketApi sockets;

  private final IntSetting setting = IntSetting.of(FastOpenSysctl.NAME);
  private final BlackHole blackHole = new BlackHole();
  private final boolean tellsFailure;
  private final boolean isSettingOfNamespace;
  private volatile @Nullable FastOpenCapability refusedClient;
  private volatile @Nullable FastOpenCapability refusedListener;
  private volatile @Nullable String refusedInfo;
  private volatile @Nullable FastOpenCapability triedServer;
  private final ArrayDeque<InfoBuffers> infoBuffers = new ArrayDeque<>();
  private volatile @Nullable FastOpenKeyOwner keyOwner;

  /**
   * Creates Linux' TCP over its system calls.
   *
   * @param sockets the system calls
   * @param release the kernel's release, such as {@code 6.1.0-13-amd64}
   */
  protected LinuxTcp(LinuxSocketApi sockets, String release) {
    this.sockets = sockets;
    KernelRelease parsed = KernelRelease.parse(release);
    this.tellsFailure = parsed.isAtLeast(5, 5);
    this.isSettingOfNamespace = parsed.isAtLeast(4, 15);
  }

  /**
   * Tells why a backend for Linux does not work on this system.
   *
   * @return the reason, or null if it may work
   */
  public static @Nullable String foreign() {
    return LinuxPlatform.foreign(
        System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  /**
   * Creates a direct buffer that holds one C int.
   *
   * @param value the int
   * @return the buffer
   */
  protected static ByteBuffer ints(int value) {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  /**
   * Tries each call on a socket that is not connected: a filter may forbid some. Results that
   * cannot change are kept, so that a connect makes no call that fails.
   */
  @Override
  public final void probe(int fd) {
    boolean multipath = isMultipath(fd);
    refusedClient = multipath ? MULTIPATH : refusedClient(fd);
    try {
      int result = setBacklog(fd, 0);
      if (multipath) {
        RefusedCallException.check("setsockopt TCP_FASTOPEN of an MPTCP socket", result, "6.2");
      } else {
        RefusedCallException.check("setsockopt TCP_FASTOPEN", result, "3.7");
      }
    } catch (RefusedCallException e) {
      refusedListener = e.capability();
    }
    try (InfoBuffers buffers = InfoBuffers.borrow(infoBuffers)) {
      refusedInfo = buffers.read(sockets, fd) > 0 ? null : "getsockopt TCP_INFO";
    } catch (IOException e) {
      refusedInfo = e.getMessage();
    }
  }

  private @Nullable FastOpenCapability refusedClient(int fd) {
    try {
      boolean unused = isClientOn(fd);
      return null;
    } catch (RefusedCallException e) {
      return e.capability();
    }
  }

  /** Whether the JDK's sockets are MPTCP sockets: a preloaded library or the kernel can do that. */
  private boolean isMultipath(int fd) {
    ByteBuffer protocol = ints(0);
    return sockets.getsockopt(
                fd,
                LinuxSocketApi.SOL_SOCKET,
                LinuxSocketApi.SO_PROTOCOL,
                protocol,
                ints(Integer.BYTES))
            >= 0
        && protocol.getInt(0) == LinuxSocketApi.IPPROTO_MPTCP;
  }

  /**
   * Finds out, by the calls that a connect of this backend makes, whether the client side is on.
   * Sends nothing.
   *
   * @param fd a socket that is not connected, which is closed afterwards
   * @return whether it is on
   * @throws RefusedCallException if the kernel lacks one of the calls, or a filter forbids it
   */
  protected abstract boolean isClientOn(int fd) throws RefusedCallException;

  /**
   * Whether the kernel lacks a call of the client side, or a filter forbids it.
   *
   * @return true if connects must be plain
   */
  protected final boolean isClientRefused() {
    return refusedClient != null;
  }

  @Override
  public final FastOpenCapability client() {
    FastOpenCapability refused = refusedClient;
    if (refused != null) {
      return refused;
    }
    OptionalInt value = setting.value();
    String detail;
    boolean on;
    if (value.isPresent()) {
      FastOpenSysctl sysctl = new FastOpenSysctl(value.getAsInt());
      detail = sysctl.client();
      on = sysctl.isClientOn();
    } else {
      try {
        on = trial().isClientOn();
      } catch (IOException e) {
        return FastOpenCapability.notKnown(HIDDEN, String.valueOf(e.getMessage()));
      }
      detail = HIDDEN + "; a trial says: client side " + (on ? "on" : "off");
    }
    if (!on) {
      return FastOpenCapability.disabled(detail, remedy(value));
    }
    int blackHoleSeconds = blackHole.seconds();
    detail += withoutOutcomes();
    return blackHoleSeconds <= 0
        ? FastOpenCapability.available(detail)
        : blackHole.applyTo(detail, blackHoleSeconds, trial());
  }

  @Override
  public final FastOpenCapability server() {
    OptionalInt value = setting.value();
    FastOpenCapability refused = refusedListener;
    if (value.isEmpty()) {
      return refused == null ? hiddenServer() : refused;
    }
    FastOpenSysctl sysctl = new FastOpenSysctl(value.getAsInt());
    if (!sysctl.isServerOn()) {
      return FastOpenCapability.disabled(sysctl.server(), remedy(value));
    }
    return refused == null || sysctl.isEveryListenerOn()
        ? FastOpenCapability.available(sysctl.server() + withoutOutcomes() + overflows())
        : refused;
  }

  /**
   * Describes the SYNs that had an ordinary handshake, since the queue of the listener was full.
   */
  private static String overflows() {
    long overflows = TcpCounter.value(OVERFLOWS).orElse(0);
    return overflows == 0
        ? ""
        : "; a queue of SYN data was full "
            + overflows
            + " times ("
            + OVERFLOWS
            + "): raise the fastOpenBacklog of the listener";
  }

  private KernelTrial trial() {
    return new KernelTrial(sockets, this);
  }

  /** Tries the server side, once, as each trial makes a connection. */
  private synchronized FastOpenCapability hiddenServer() {
    FastOpenCapability tried = triedServer;
    if (tried == null) {
      tried = tryServer();
      triedServer = tried;
    }
    return tried;
  }

  private FastOpenCapability tryServer() {
    try {
      boolean on = trial().isServerOn();
      String detail = HIDDEN + "; a trial over loopback says: server side " + (on ? "on" : "off");
      return on
          ? FastOpenCapability.available(detail + withoutOutcomes())
          : FastOpenCapability.disabled(detail, remedy(OptionalInt.empty()));
    } catch (IOException e) {
      return FastOpenCapability.notKnown(HIDDEN, String.valueOf(e.getMessage()));
    }
  }

  private String remedy(OptionalInt value) {
    return value.isPresent()
        ? Place.HERE.sysctl(setting, new FastOpenSysctl(value.getAsInt()).withBothSides())
        : Place.HERE.hiddenSysctl(
            setting, new FastOpenSysctl(0).withBothSides(), isSettingOfNamespace);
  }

  private String withoutOutcomes() {
    return refusedInfo == null ? "" : "; outcomes cannot be read: " + refusedInfo;
  }

  @Override
  public final SocketAddressLayout addresses() {
    return SocketAddressLayout.LINUX;
  }

  /** The result of the call is ignored: it succeeds even where the server side is off. */
  @Override
  public final void acceptFastOpen(int fd, int backlog) {
    setBacklog(fd, backlog);
  }

  private int setKey(int fd, ByteBuffer keys, int length) {
    return sockets.setsockopt(
        fd, LinuxSocketApi.IPPROTO_TCP, LinuxSocketApi.TCP_FASTOPEN_KEY, keys, length);
  }

  @Override
  public final FastOpenKeyOwner keyOwner() {
    FastOpenKeyOwner known = keyOwner;
    if (known == null) {
      try {
        known = trial().takesKeys() ? FastOpenKeyOwner.LISTENER : FastOpenKeyOwner.MACHINE;
        keyOwner = known;
      } catch (IOException e) {
        return FastOpenKeyOwner.UNKNOWN; // for example too many open files
      }
    }
    return known;
  }

  /** Sets only the primary key before Linux 5.3, which has no backup key. */
  @Override
  public final boolean setKeys(int fd, ByteBuffer keys, int length) {
    int result = setKey(fd, keys, length);
    if (result == -LinuxSocketApi.EINVAL && length > FastOpenKeys.KEY_BYTES) {
      result = setKey(fd, keys, FastOpenKeys.KEY_BYTES);
    }
    return result >= 0;
  }

  @Override
  public final boolean withoutCookie(int fd) {
    return sockets.setsockopt(
            fd,
            LinuxSocketApi.IPPROTO_TCP,
            LinuxSocketApi.TCP_FASTOPEN_NO_COOKIE,
            ints(1),
            Integer.BYTES)
        >= 0;
  }

  private int setBacklog(int fd, int backlog) {
    return sockets.setsockopt(
        fd, LinuxSocketApi.IPPROTO_TCP, LinuxSocketApi.TCP_FASTOPEN, ints(backlog), Integer.BYTES);
  }

  /** {@code tcp_poll}: no event in SYN_SENT; POLLHUP in CLOSE; POLLERR with an error. */
  @Override
  public final boolean isAnsweredWhenWritable() {
    return true;
  }

  @Override
  public final boolean isAnswered(int fd) throws IOException {
    try (InfoBuffers buffers = InfoBuffers.borrow(infoBuffers)) {
      int state = buffers.readState(sockets, fd);
      return state == TcpInfo.TCP_CLOSE
          ? TcpInfo.isAnswered(buffers.info, buffers.read(sockets, fd))
          : state != TcpInfo.TCP_SYN_SENT;
    }
  }

  /**
   * Reads the retransmissions, not the outcome, which hides a lost cookie request, and all losses
   * before Linux 5.5.
   */
  @Override
  public final FirstSyn firstSyn(int fd) throws IOException {
    try (InfoBuffers buffers = InfoBuffers.borrow(infoBuffers)) {
      return TcpInfo.firstSyn(buffers.info, buffers.read(sockets, fd), tellsFailure);
    }
  }

  @Override
  public final FastOpenOutcome connectOutcome(int fd) throws IOException {
    try (InfoBuffers buffers = InfoBuffers.borrow(infoBuffers)) {
      return TcpInfo.ofClient(buffers.info, buffers.read(sockets, fd), tellsFailure);
    }
  }

  @Override
  public final FastOpenOutcome acceptOutcome(int fd) throws IOException {
    try (InfoBuffers buffers = InfoBuffers.borrow(infoBuffers)) {
      return TcpInfo.ofServer(buffers.info, buffers.read(sockets, fd));
    }
  }

  /**
   * Reads the stage of a deferred connect.
   *
   * @param fd the socket
   * @return the stage; {@code FAILED} also where the system call fails
   */
  protected final KernelDeferral.Stage stage(int fd) {
    try (InfoBuffers buffers = InfoBuffers.borrow(infoBuffers)) {
      return TcpInfo.stage(buffers.info, buffers.read(sockets, fd));
    } catch (IOException e) {
      return KernelDeferral.Stage.FAILED;
    }
  }

  /**
   * Tells whether a connect that has just returned was deferred.
   *
   * @param fd the socket
   * @return false also where the system call fails
   */
  protected final boolean isDeferred(int fd) {
    try (InfoBuffers buffers = InfoBuffers.borrow(infoBuffers)) {
      return buffers.readState(sockets, fd) == TcpInfo.TCP_SYN_SENT;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Tells whether the state of a socket can be read. A sandbox may filter that.
   *
   * @return whether {@link #stage} works
   */
  protected final boolean tellsStage() {
    return refusedInfo == null;
  }
}
