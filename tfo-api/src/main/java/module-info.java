/** TCP Fast Open (RFC 7413) on the JDK's own channels: the API, the SPI and the plain fallback. */
module io.tfo {
  requires static java.management;
  requires static org.jspecify;

  exports io.tfo;
  exports io.tfo.spi;

  uses io.tfo.spi.FastOpenBackend;
}
