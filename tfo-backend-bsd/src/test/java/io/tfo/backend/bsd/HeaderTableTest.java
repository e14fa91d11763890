package io.tfo.backend.bsd;

import io.tfo.jna.SocketAddressLayout;
import io.tfo.jna.bsd.BsdErrno;
import io.tfo.jna.test.HeaderTableTests;
import io.tfo.lab.simulation.BsdAbi;
import java.util.List;
import java.util.Set;

class HeaderTableTest extends HeaderTableTests {
  HeaderTableTest() {
    super(
        "freebsd",
        SocketAddressLayout.BSD,
        List.of(BsdSocketApi.class, BsdAbi.class, FreeBsdAbi.class),
        BsdErrno.class,
        Set.of("ENODATA")); // macOS' own
  }
}
