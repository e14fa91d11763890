package io.tfo.linux.test;

import io.tfo.linux.LinuxSocketApi;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * An older kernel. It gives that kernel's answers where they differ from those of this machine's
 * kernel, which carries out all other calls. The answers are those of the sources of each release:
 * {@code include/uapi/linux/tcp.h} and {@code net/ipv4/tcp.c}.
 */
public enum OldKernel {
  LINUX_3_10("3.10.0-1160.el7.x86_64", 3, 10, 104),
  LINUX_4_4("4.4.0-210-generic", 4, 4, 144),
  LINUX_4_9("4.9.0-19-amd64", 4, 9, 168),
  LINUX_4_14("4.14.355-275.570.amzn2.x86_64", 4, 14, 192),
  LINUX_4_19("4.19.0-27-amd64", 4, 19, 224),
  LINUX_5_4("5.4.0-216-generic", 5, 4, 232);

  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int TCP_FASTOPEN_CONNECT = 30;
  private static final int TCP_FASTOPEN_KEY = 33;
  private static final int TCP_FASTOPEN_NO_COOKIE = 34;
  private static final int ONE_KEY = 16;

  /** The byte of {@code tcp_info} that has the failure, since 5.5; before, its bits are 0. */
  private static final int FAILURE = 7;

  private static final byte NOT_WRITTEN = 0x55;

  private final String release;
  private final int major;
  private final int minor;
  private final int infoLength;

  OldKernel(String release, int major, int minor, int infoLength) {
    this.release = release;
    this.major = major;
    this.minor = minor;
    this.infoLength = infoLength;
  }

  /** As {@code uname -r} prints it. */
  public String release() {
    return release;
  }

  private boolean isAtLeast(int major, int minor) {
    return this.major > major || (this.major == major && this.minor >= minor);
  }

  /** Whether it has TCP_FASTOPEN_CONNECT. */
  public boolean canDefer() {
    return isAtLeast(4, 11);
  }

  /** Whether listeners have keys of their own, and sockets do without a cookie. */
  public boolean hasKeys() {
    return isAtLeast(4, 15);
  }

  private boolean hasBackupKey() {
    return isAtLeast(5, 3);
  }

  private int refusal(int level, int name, int length) {
    if (level != IPPROTO_TCP) {
      return 0;
    }
    return switch (name) {
      case TCP_FASTOPEN_CONNECT -> canDefer() ? 0 : Errno.ENOPROTOOPT.result();
      case TCP_FASTOPEN_NO_COOKIE -> hasKeys() ? 0 : Errno.ENOPROTOOPT.result();
      case TCP_FASTOPEN_KEY -> {
        if (!hasKeys()) {
          yield Errno.ENOPROTOOPT.result();
        }
        yield length > ONE_KEY && !hasBackupKey() ? Errno.EINVAL.result() : 0;
      }
      default -> 0;
    };
  }

  /** Cuts off what this kernel does not write, and what it does not tell. */
  private void age(ByteBuffer info, ByteBuffer length) {
    for (int at = infoLength; at < length.getInt(0); at++) {
      info.put(at, NOT_WRITTEN);
    }
    length.putInt(0, Math.min(infoLength, length.getInt(0)));
    if (length.getInt(0) > FAILURE) {
      boolean little = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
      int rateIsLimited = little ? 1 : 0x80; // since 4.9
      info.put(FAILURE, (byte) (isAtLeast(4, 9) ? info.get(FAILURE) & rateIsLimited : 0));
    }
  }

  /** Its system calls. */
  public LinuxSocketApi sockets() {
    return new KernelWith() {
      @Override
      public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
        int refusal = refusal(level, name, length);
        return refusal < 0 ? refusal : super.setsockopt(fd, level, name, value, length);
      }

      @Override
      public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
        int result = super.getsockopt(fd, level, name, value, length);
        if (result >= 0 && level == IPPROTO_TCP && name == TCP_INFO) {
          age(value, length);
        }
        return result;
      }
    };
  }
}
