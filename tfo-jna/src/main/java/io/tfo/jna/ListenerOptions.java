package io.tfo.jna;

import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenKeys;
import io.tfo.spi.ListenerKeys;
import java.nio.ByteBuffer;

/** What a listener has beside its backlog: keys. */
final class ListenerOptions {
  private ListenerOptions() {}

  /** Gives a listener keys, and leaves no copy of them in native memory. */
  static boolean setKeys(NativeTcp tcp, int fd, FastOpenKeys keys) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(keys.length());
    keys.copyTo(buffer);
    boolean taken = tcp.setKeys(fd, buffer.rewind(), keys.length());
    buffer.put(0, new byte[buffer.capacity()]);
    return taken;
  }

  /** The words of the capability: whose keys a listener has, and what is wrong with their file. */
  static String words(FastOpenKeyOwner owner) {
    String words =
        switch (owner) {
          case LISTENER -> "keys: a listener's own, or else the machine's";
          case MACHINE -> "keys: the machine's";
          case UNKNOWN -> "keys: not known whose";
        };
    return words + ListenerKeys.processProblem().map(p -> "; not those of " + p).orElse("");
  }
}
