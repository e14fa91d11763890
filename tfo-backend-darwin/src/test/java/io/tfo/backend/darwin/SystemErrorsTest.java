package io.tfo.backend.darwin;

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
            script -> SimulatedDarwin.backend(script, SimulatedDarwin.Deviation.HEURISTICS_OFF),
            List.of("sysctlbyname", "connectx", "send", "recv", "setsockopt", "getsockopt"),
            IntStream.rangeClosed(1, 107).boxed().toList(), // sys/errno.h: ELAST
            errno -> errno == 36 || errno == 35, // EINPROGRESS; EAGAIN from recv
            List.of(61, 60, 57, 96), // ECONNREFUSED, ETIMEDOUT, ENOTCONN, ENODATA
            List.of(65), // EHOSTUNREACH
            List.of(48, 49, 13), // EADDRINUSE, EADDRNOTAVAIL, EACCES
            List.of()));
  }
}
