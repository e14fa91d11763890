/** TCP Fast Open by {@code TCP_FASTOPEN_CONNECT}, Linux 4.11 and later. */
module io.tfo.backend.linux.connect {
  requires static org.jspecify;
  requires io.tfo.linux;

  provides io.tfo.spi.FastOpenBackend with
      io.tfo.backend.linux.connect.LinuxConnectBackend;
}
