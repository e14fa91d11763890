/** TCP Fast Open by {@code ConnectEx}, Windows 10 1607 and later. */
module io.tfo.backend.windows {
  requires static org.jspecify;
  requires io.tfo.jna;
  requires com.sun.jna;

  provides io.tfo.spi.FastOpenBackend with
      io.tfo.backend.windows.WindowsBackend;
}
