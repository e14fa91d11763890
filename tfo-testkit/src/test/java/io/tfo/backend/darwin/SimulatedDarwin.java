package io.tfo.backend.darwin;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.sim.DarwinKernel;
import io.tfo.testkit.sim.Script;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** The calls of the backend, made to a simulated kernel. */
public final class SimulatedDarwin implements DarwinSockets {
  private final DarwinKernel kernel;

  private SimulatedDarwin(DarwinKernel kernel) {
    this.kernel = kernel;
  }

  /** The backend as it is, on that kernel. */
  public static FastOpenBackend on(DarwinKernel kernel) {
    return by(new Script(), kernel);
  }

  /** The backend as it is, on that kernel, of which a script overrules a call. */
  public static FastOpenBackend by(Script script, DarwinKernel kernel) {
    DarwinSockets sockets = script.over(DarwinSockets.class, new SimulatedDarwin(kernel));
    return new DarwinBackend(null, () -> new DarwinTcp(sockets));
  }

  @Override
  public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
    return kernel.setsockopt(fd, level, name, value, length);
  }

  @Override
  public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    return kernel.getsockopt(fd, level, name, value, length);
  }

  @Override
  public int connectx(
      int fd,
      @Nullable ByteBuffer endpoints,
      int associd,
      int flags,
      @Nullable ByteBuffer iov,
      int iovcnt,
      @Nullable ByteBuffer len,
      @Nullable ByteBuffer connid) {
    return kernel.connectx(fd, endpoints, associd, flags, iov, iovcnt, len, connid);
  }

  @Override
  public int send(int fd, ByteBuffer data, int length, int flags) {
    return kernel.send(fd, data, length, flags);
  }

  @Override
  public int recv(int fd, ByteBuffer data, int length, int flags) {
    return kernel.recv(fd, data, length, flags);
  }

  @Override
  public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    return kernel.sysctlbyname(name, value, length);
  }

  @Override
  public long addressOf(ByteBuffer direct) {
    return DarwinKernel.addressOf(direct);
  }
}
