package io.tfo.linux.test;

import io.tfo.linux.LinuxSocketApi;
import java.nio.ByteBuffer;

/** The kernel of this machine, of which a test overrides a call. */
public abstract class KernelWith implements LinuxSocketApi {
  protected final LinuxSocketApi kernel = LinuxSocketApi.libc();

  @Override
  public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
    return kernel.setsockopt(fd, level, name, value, length);
  }

  @Override
  public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    return kernel.getsockopt(fd, level, name, value, length);
  }

  @Override
  public int connect(int fd, ByteBuffer address, int length) {
    return kernel.connect(fd, address, length);
  }

  @Override
  public int sendto(
      int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer address, int addressLength) {
    return kernel.sendto(fd, data, dataLength, flags, address, addressLength);
  }

  @Override
  public int send(int fd, ByteBuffer data, int length, int flags) {
    return kernel.send(fd, data, length, flags);
  }

  @Override
  public int recv(int fd, int length, int flags) {
    return kernel.recv(fd, length, flags);
  }

  @Override
  public int shutdown(int fd, int how) {
    return kernel.shutdown(fd, how);
  }
}
