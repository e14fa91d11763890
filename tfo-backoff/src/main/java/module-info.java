/** The memory of SYNs that were lost because of TCP Fast Open, and the policy about them. */
module io.tfo.backoff {
  requires static org.jspecify;

  exports io.tfo.backoff to
      io.tfo.jna;
}
