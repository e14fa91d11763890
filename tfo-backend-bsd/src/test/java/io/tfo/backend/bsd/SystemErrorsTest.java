package io.tfo.backend.bsd;

import io.tfo.testkit.ScriptedSystem;
import io.tfo.testkit.SystemErrorTests;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class SystemErrorsTest extends SystemErrorTests {
  SystemErrorsTest() {
    super(
        new ScriptedSystem(
            SimulatedFreeBsd::backend,
            List.of("sysctlbyname", "setsockopt", "sendto", "getsockopt"),
            IntStream.rangeClosed(1, 97).boxed().toList(), // sys/errno.h: ELAST
            errno -> false,
            List.of(61, 60, 57), // ECONNREFUSED, ETIMEDOUT, ENOTCONN
            List.of(65), // EHOSTUNREACH
            List.of(48, 49, 13), // EADDRINUSE, EADDRNOTAVAIL, EACCES
            List.of()));
  }
}
