/** TCP Fast Open by {@code setsockopt(TCP_FASTOPEN)} and {@code sendto}, FreeBSD 12 and later. */
module io.tfo.backend.bsd {
  requires static org.jspecify;
  requires com.sun.jna;
  requires io.tfo.jna;

  provides io.tfo.spi.FastOpenBackend with
      io.tfo.backend.bsd.BsdBackend;
}
