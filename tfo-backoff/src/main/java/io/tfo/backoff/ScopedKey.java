package io.tfo.backoff;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * A key of the tables: an address, or an address and port, with its scope (RFC 4007, section 5).
 * The same link-local address is another host behind each interface, but the JDK's addresses are
 * equal whatever their scopes. The key of an address without a scope is the JDK's object itself.
 *
 * @param address an {@code InetAddress} or an {@code InetSocketAddress}
 * @param scope the number of the interface
 */
record ScopedKey(Object address, int scope) {
  /**
   * Returns the key of an address and port. It keeps no object of a program's own class, which
   * would keep the program in memory where the library is not a part of it.
   */
  static Object of(InetSocketAddress destination) {
    InetSocketAddress kept =
        destination.getClass() == InetSocketAddress.class
            ? destination
            : new InetSocketAddress(destination.getAddress(), destination.getPort());
    return of(kept, destination);
  }

  /** Returns the key of an address, for all its ports. */
  static Object ofAddress(InetSocketAddress destination) {
    return of(destination.getAddress(), destination);
  }

  private static Object of(Object address, InetSocketAddress destination) {
    int scope = scope(destination.getAddress());
    return scope == 0 ? address : new ScopedKey(address, scope);
  }

  /** The scope of an address; 0 if it has none. */
  static int scope(InetAddress address) {
    return address instanceof Inet6Address scoped ? scoped.getScopeId() : 0;
  }

  /** Returns the address of a key, as the JDK's object. */
  static Object address(Object key) {
    return key instanceof ScopedKey scoped ? scoped.address : key;
  }
}
