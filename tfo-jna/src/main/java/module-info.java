/**
 * The base of backends that call their system through JNA: see {@link io.tfo.jna.JnaBackend}.
 *
 * <p>{@code io.tfo.jna} is exported to all modules, so that other projects can write a backend.
 * {@code io.tfo.jna.bsd} holds the part that the backends for FreeBSD and macOS share; it may
 * change with any release.
 */
module io.tfo.jna {
  requires static org.jspecify;
  requires transitive io.tfo;
  requires io.tfo.backoff;
  requires io.tfo.jdk;

  exports io.tfo.jna;
  exports io.tfo.jna.bsd to
      io.tfo.backend.bsd,
      io.tfo.backend.darwin;
}
