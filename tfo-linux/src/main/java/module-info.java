/** The part that the two Linux backends share. It may change with any release. */
module io.tfo.linux {
  requires static org.jspecify;
  requires com.sun.jna;
  requires transitive io.tfo.jna;

  exports io.tfo.linux to
      io.tfo.backend.linux.connect,
      io.tfo.backend.linux.legacy;
}
