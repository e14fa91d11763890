/** TCP Fast Open by {@code connectx}, macOS 10.11 and later. */
module io.tfo.backend.darwin {
  requires static org.jspecify;
  requires com.sun.jna;
  requires io.tfo.jna;

  provides io.tfo.spi.FastOpenBackend with
      io.tfo.backend.darwin.DarwinBackend;
}
