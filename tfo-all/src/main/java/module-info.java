/** The API and every backend. */
module io.tfo.all {
  requires transitive io.tfo;
  requires io.tfo.backend.bsd;
  requires io.tfo.backend.darwin;
  requires io.tfo.backend.linux.connect;
  requires io.tfo.backend.linux.legacy;
  requires io.tfo.backend.windows;
}
