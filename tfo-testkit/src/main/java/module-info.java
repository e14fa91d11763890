/** The conformance suite, the network lab and the command line. */
module io.tfo.testkit {
  requires static org.jspecify;
  requires transitive io.tfo;
  requires com.sun.jna;
  requires static transitive org.junit.jupiter.api;
  requires static info.picocli;
  requires static com.google.gson;
  requires static okhttp3;
  requires static okhttp3.tls;

  exports io.tfo.testkit;
  exports io.tfo.testkit.lab;

  opens io.tfo.testkit.cli to
      info.picocli;
}
