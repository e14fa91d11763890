package io.tfo.backend.bsd;

import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.sim.FreeBsdKernel;
import io.tfo.testkit.sim.Script;
import java.nio.ByteBuffer;

/** The calls of the backend, made to a simulated kernel. */
public final class SimulatedBsd implements BsdSockets {
  private final FreeBsdKernel kernel;

  private SimulatedBsd(FreeBsdKernel kernel) {
    this.kernel = kernel;
  }

  /** The backend as it is, on that kernel. */
  public static FastOpenBackend on(FreeBsdKernel kernel) {
    return by(new Script(), kernel);
  }

  /** The backend as it is, on that kernel, of which a script overrules a call. */
  public static FastOpenBackend by(Script script, FreeBsdKernel kernel) {
    BsdSockets sockets = script.over(BsdSockets.class, new SimulatedBsd(kernel));
    return new BsdBackend(null, () -> new BsdTcp(sockets));
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
  public int sendto(
      int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer address, int addressLength) {
    return kernel.sendto(fd, data, dataLength, flags, address, addressLength);
  }

  @Override
  public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    return kernel.sysctlbyname(name, value, length);
  }
}
