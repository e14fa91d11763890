/** Two hosts and a wire in one JVM, and the base of simulated kernels. */
module io.tfo.lab {
  requires static org.jspecify;
  requires com.sun.jna;

  exports io.tfo.lab;
  exports io.tfo.lab.simulation;
}
