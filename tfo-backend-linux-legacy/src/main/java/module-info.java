/** TCP Fast Open by {@code sendto(MSG_FASTOPEN)}, Linux 3.7 and later. */
module io.tfo.backend.linux.legacy {
  requires static org.jspecify;
  requires io.tfo.linux;

  provides io.tfo.spi.FastOpenBackend with
      io.tfo.backend.linux.legacy.LinuxLegacyBackend;
}
