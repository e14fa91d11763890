/** An application with all backends. */
module application {
  requires io.tfo.all;
}
