package io.tfo.jna;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.backoff.BackOff;
import io.tfo.lab.simulation.LinuxCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** A system's TCP whose calls the test scripts; a SYN that it sends is a real one. */
class ScriptedTcp implements NativeTcp {
  /** How a SYN is sent. */
  interface Syn {
    int send(int fd, ByteBuffer address, int addressLength, ByteBuffer data, int length)
        throws IOException;
  }

  static final FastOpenCapability CAPABILITY = FastOpenCapability.available("scripted");

  final List<String> calls = new CopyOnWriteArrayList<>();
  Syn syn = (fd, address, addressLength, data, length) -> NOT_SENT;
  boolean nonBlocking;
  boolean beforeListen;
  boolean answered;
  UnaryOperator<IOException> connectFailure = UnaryOperator.identity();

  /** Null if the system does not answer. */
  FastOpenOutcome outcome = FastOpenOutcome.SYN_DATA_ACKED;

  /** Connects on loopback, and sends at most so many bytes at once. */
  static Syn taking(int most) {
    return (fd, address, addressLength, data, length) -> {
      int connected = LinuxCalls.connect(fd, bytes(address, addressLength));
      if (connected < 0 && connected != -LinuxCalls.EINPROGRESS) {
        throw new IOException("connect: " + connected);
      }
      if (!LinuxCalls.isNonBlocking(fd)) {
        LinuxCalls.poll(fd, SECONDS.toMillis(30)); // that connect did not wait
      }
      int size = Math.min(most, length);
      return size == 0 ? 0 : LinuxCalls.send(fd, bytes(data, size));
    };
  }

  private static byte[] bytes(ByteBuffer from, int length) {
    byte[] bytes = new byte[length];
    from.get(0, bytes);
    return bytes;
  }

  JnaBackend backend() {
    return new Backend(this);
  }

  /** A backend on top of this, which has learned nothing. */
  static final class Backend extends JnaBackend {
    private final NativeTcp tcp;

    Backend(NativeTcp tcp) {
      super("scripted", 7, null);
      this.tcp = tcp;
    }

    @Override
    protected NativeTcp load() {
      return tcp;
    }

    @Override
    LearnedDestinations learned() {
      return new LearnedDestinations(BackOff.asConfigured());
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
  public IOException connectFailure(IOException failure) {
    return connectFailure.apply(failure);
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
