package io.tfo.lab.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/** {@code sysctlbyname(3)} of FreeBSD and macOS, for values of type {@code int}. */
final class Sysctl {

  private Sysctl() {}

  static int read(
      Map<String, Integer> values, ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < name.capacity() && name.get(at) != 0) {
      text.append((char) name.get(at++));
    }
    if (at == name.capacity()) {
      return -BsdAbi.EFAULT;
    }
    Integer found = values.get(text.toString());
    if (found == null) {
      return -BsdAbi.ENOENT;
    }
    ByteBuffer size = length.duplicate().order(ByteOrder.nativeOrder());
    if (size.getLong(0) < Integer.BYTES) {
      return -BsdAbi.ENOMEM;
    }
    size.putLong(0, Integer.BYTES);
    value.duplicate().order(ByteOrder.nativeOrder()).putInt(0, found);
    return 0;
  }
}
