/** The conformance suite, the network lab and the command line. */
module io.tfo.testkit {
  requires static org.jspecify;
  requires transitive io.tfo;
  requires com.sun.jna;
  requires static transitive org.junit.jupiter.api;

  exports io.tfo.testkit;
  exports io.tfo.testkit.lab;

  uses io.tfo.spi.FastOpenBackend;
}
