/** What all backends share: the way into a JDK channel, C socket addresses, errno. */
module io.tfo.jna {
  requires static org.jspecify;
  requires transitive io.tfo;
  requires com.sun.jna;

  exports io.tfo.jna to
      io.tfo.backend.bsd,
      io.tfo.backend.darwin,
      io.tfo.backend.linux.connect,
      io.tfo.backend.linux.legacy,
      io.tfo.backend.windows;
  exports io.tfo.jna.bsd to
      io.tfo.backend.bsd,
      io.tfo.backend.darwin;
  exports io.tfo.jna.linux to
      io.tfo.backend.linux.connect,
      io.tfo.backend.linux.legacy;
}
