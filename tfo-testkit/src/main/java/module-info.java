/** The conformance suite: the rules that every backend keeps, and the classes that they use. */
module io.tfo.testkit {
  requires static org.jspecify;
  requires transitive io.tfo;
  requires transitive io.tfo.lab;
  requires transitive org.junit.jupiter.api;

  exports io.tfo.testkit;
}
