package io.tfo.jna;

import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenKeys;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.ListenerKeys;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Sets the options of a backend's listeners on their descriptors. */
final class ListenerOptions {
  /** Gives a listener its keys; before it is switched on, if the system allows that. */
  interface Keys<T> {
    void give(T listener) throws IOException;
  }

  private final String name;

  /** The local addresses whose listeners accept data without a cookie; null for none. */
  private final @Nullable Predicate<? super InetSocketAddress> withoutCookie;

  /**
   * Creates the options of listeners that all ask for a cookie.
   *
   * @param name that of the backend
   */
  ListenerOptions(String name) {
    this(name, null);
  }

  private ListenerOptions(
      String name, @Nullable Predicate<? super InetSocketAddress> withoutCookie) {
    this.name = name;
    this.withoutCookie = withoutCookie;
  }

  /** Returns the options with more addresses whose listeners accept data without a cookie. */
  ListenerOptions withoutCookie(Predicate<? super InetSocketAddress> local) {
    Predicate<? super InetSocketAddress> before = withoutCookie;
    return new ListenerOptions(
        name, before == null ? local : each -> before.test(each) || local.test(each));
  }

  /** Whether there may be listeners that accept data without a cookie. */
  boolean mayBeWithoutCookie() {
    return withoutCookie != null;
  }

  /** Whether a listener there accepts data without a cookie. */
  boolean isWithoutCookie(@Nullable SocketAddress local) {
    return withoutCookie != null
        && local instanceof InetSocketAddress inet
        && withoutCookie.test(inet);
  }

  /** Switches TCP Fast Open on for a listener; off, with a backlog of 0. */
  void switchOn(NativeTcp tcp, int fd, int fastOpenBacklog) {
    tcp.acceptFastOpen(fd, fastOpenBacklog);
    if (fastOpenBacklog > 0) {
      FastOpenActivity.use("listeners", name);
    }
  }

  /** Counts a listener once, after its bind, since the bind may fail. */
  static void count(int fastOpenBacklog) {
    if (fastOpenBacklog > 0) {
      FastOpenActivity.count(FastOpenActivity.Count.LISTENER_ON);
    }
  }

  /** Gives a listener keys, and leaves no copy of them in native memory. */
  static boolean setKeys(NativeTcp tcp, int fd, FastOpenKeys keys) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(keys.length());
    keys.copyTo(buffer);
    boolean taken = tcp.setKeys(fd, buffer.rewind(), keys.length());
    buffer.put(0, new byte[buffer.capacity()]);
    return taken;
  }

  /**
   * Returns the text for the capability: whose keys a listener has, and what is wrong with their
   * file.
   */
  static String words(FastOpenKeyOwner owner) {
    String words =
        switch (owner) {
          case LISTENER -> "keys: a listener's own, or else the machine's";
          case MACHINE -> "keys: the machine's";
          case UNKNOWN -> "keys: not known whether a listener's own or the machine's";
        };
    return words
        + ListenerKeys.processProblem().map(p -> "; the key file cannot be used: " + p).orElse("");
  }
}
