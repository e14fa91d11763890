package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.linux.LinuxSockets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A system's TCP whose calls the test scripts; a SYN that it sends is a real one. */
class ScriptedTcp implements NativeTcp {
  /** How a SYN is sent. */
  interface Syn {
    int send(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int length)
        throws IOException;
  }

  static final FastOpenCapability CAPABILITY = FastOpenCapability.available("scripted");

  private static final class Lazy {
    static final LinuxSockets LIBC = LinuxSockets.libc();
  }

  final List<String> calls = new CopyOnWriteArrayList<>();
  Syn syn = (fd, address, addressLength, data, length) -> NOT_SENT;
  boolean nonBlocking;
  boolean beforeListen;
  boolean answered;

  /** Null if the system does not answer. */
  FastOpenOutcome outcome = FastOpenOutcome.SYN_DATA_ACKED;

  /** Connects on loopback, and sends at most so many bytes at once. */
  static Syn taking(int most) {
    return (fd, address, addressLength, data, length) -> {
      LinuxSockets libc = Lazy.LIBC;
      int connected = libc.connect(fd, address, addressLength);
      if (connected < 0 && connected != -LinuxSockets.EINPROGRESS) {
        throw new IOException("connect: " + connected);
      }
      int size = Math.min(most, length);
      return size == 0 ? 0 : libc.send(fd, data, size, LinuxSockets.MSG_NOSIGNAL);
    };
  }

  JnaBackend backend() {
    return new Backend(this);
  }

  /** A backend on top of this. */
  static final class Backend extends JnaBackend {
    Backend(NativeTcp tcp) {
      super("scripted", 7, null, () -> tcp);
    }
  }

  @Override
  public void probe(int fd) throws IOException {
    calls.add("probe");
  }

  @Override
  public FastOpenCapability client() {
    return CAPABILITY;
  }

  @Override
  public FastOpenCapability server() {
    return CAPABILITY;
  }

  @Override
  public boolean needsNonBlockingDescriptor() {
    return nonBlocking;
  }

  @Override
  public SocketAddressLayout addresses() {
    return SocketAddressLayout.LINUX;
  }

  @Override
  public int sendSyn(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int length)
      throws IOException {
    calls.add("sendSyn " + length);
    return syn.send(fd, address, addressLength, data, length);
  }

  @Override
  public boolean acceptsFastOpenBeforeListen() {
    return beforeListen;
  }

  @Override
  public void acceptFastOpen(int fd, int backlog) {
    calls.add("acceptFastOpen " + backlog);
  }

  @Override
  public boolean isAnswered(int fd) throws IOException {
    calls.add("isAnswered " + fd);
    return answered;
  }

  @Override
  public FastOpenOutcome connectOutcome(int fd) throws IOException {
    calls.add("connectOutcome");
    if (outcome == null) {
      throw new IOException("no answer");
    }
    return outcome;
  }

  @Override
  public FastOpenOutcome acceptOutcome(int fd) throws IOException {
    return outcome;
  }
}
