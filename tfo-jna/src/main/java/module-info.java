/**
 * What a backend that calls its system through JNA is built on: see {@link io.tfo.jna.JnaBackend}.
 *
 * <p>{@code io.tfo.jna} is exported to all modules, so that anyone can write a backend. The other
 * packages hold what the two Linux backends share, and what those for FreeBSD and macOS share; they
 * may change with any release.
 */
module io.tfo.jna {
  requires static org.jspecify;
  requires transitive io.tfo;
  requires com.sun.jna;
  requires java.logging;

  exports io.tfo.jna;
  exports io.tfo.jna.bsd to
      io.tfo.backend.bsd,
      io.tfo.backend.darwin;
  exports io.tfo.jna.linux to
      io.tfo.backend.linux.connect,
      io.tfo.backend.linux.legacy;
}
