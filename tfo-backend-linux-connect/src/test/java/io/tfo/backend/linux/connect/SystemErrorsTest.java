package io.tfo.backend.linux.connect;

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
            ScriptedLinuxConnect::by,
            List.of("setsockopt", "connect", "send", "getsockopt"),
            IntStream.rangeClosed(1, 133).boxed().toList(), // asm-generic/errno.h
            errno -> errno == 115, // EINPROGRESS
            List.of(111, 110, 107), // ECONNREFUSED, ETIMEDOUT, ENOTCONN
            List.of(113), // EHOSTUNREACH
            List.of(98, 99, 13), // EADDRINUSE, EADDRNOTAVAIL, EACCES
            List.of()));
  }
}
