package io.tfo.lab.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** {@code sysctlbyname(3)} of 4.4BSD's descendants, for ints. */
public final class Sysctl {
  private static final int ENOENT = 2; // sys/errno.h, as the rest
  private static final int ENOMEM = 12;
  private static final int EFAULT = 14;

  private Sysctl() {}

  public static int read(
      Map<String, Integer> values, ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < name.capacity() && name.get(at) != 0) {
      text.append((char) name.get(at++));
    }
    if (at == name.capacity()) {
      return -EFAULT;
    }
    Integer found = values.get(text.toString());
    if (found == null) {
      return -ENOENT;
    }
    ByteBuffer size = length.duplicate().order(ByteOrder.nativeOrder());
    if (size.getLong(0) < Integer.BYTES) {
      return -ENOMEM;
    }
    size.putLong(0, Integer.BYTES);
    value.duplicate().order(ByteOrder.nativeOrder()).putInt(0, found);
    return 0;
  }
}
