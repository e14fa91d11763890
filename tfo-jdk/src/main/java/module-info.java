/**
 * Access to the JDK's channels, sockets and buffers: their private members, and classes beside
 * them.
 */
module io.tfo.jdk {
  requires static org.jspecify;
  requires com.sun.jna;
  requires java.logging;

  exports io.tfo.jdk to
      io.tfo.jna;
}
