package io.tfo.backend.darwin;

import io.tfo.jna.SocketAddressLayout;
import io.tfo.jna.bsd.BsdErrno;
import io.tfo.jna.test.HeaderTableTests;
import io.tfo.lab.simulation.BsdAbi;
import java.util.List;
import java.util.Set;

class HeaderTableTest extends HeaderTableTests {
  HeaderTableTest() {
    super(
        "darwin",
        SocketAddressLayout.DARWIN,
        List.of(
            DarwinSocketApi.class,
            Endpoints.class,
            ConnectionInfo.class,
            FastOpenSysctl.class,
            BsdAbi.class,
            DarwinAbi.class),
        BsdErrno.class,
        Set.of("CAPACITY"));
  }
}
