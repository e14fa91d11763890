/**
 * TCP Fast Open (RFC 7413) on the JDK's own channels and sockets: the API ({@link io.tfo}), the
 * drop-ins ({@link io.tfo.socket}, {@link io.tfo.nio}), JMX ({@link io.tfo.management}) and the
 * interfaces that a backend implements ({@link io.tfo.spi}).
 */
module io.tfo {
  requires static java.management;
  requires static jdk.jfr;
  requires static org.jspecify;

  exports io.tfo;
  exports io.tfo.management;
  exports io.tfo.nio;
  exports io.tfo.socket;
  exports io.tfo.spi;
  exports io.tfo.log to
      io.tfo.jna;
  exports io.tfo.timer to
      io.tfo.jna;

  uses io.tfo.spi.FastOpenBackend;
}
