/** The back-off after SYNs that were lost because of TCP Fast Open. */
module io.tfo.backoff {
  requires static org.jspecify;

  exports io.tfo.backoff to
      io.tfo.jna;
}
