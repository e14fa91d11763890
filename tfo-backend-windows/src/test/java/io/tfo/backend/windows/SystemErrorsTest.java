package io.tfo.backend.windows;

import io.tfo.testkit.ScriptedSystem;
import io.tfo.testkit.SystemErrorTests;
import java.lang.Thread.UncaughtExceptionHandler;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class SystemErrorsTest extends SystemErrorTests {
  /**
   * Expects the exception that ends a completion port's thread when its only call fails. Any other
   * exception that ends a thread is printed, as without this handler.
   */
  @BeforeAll
  static void expectTheEndOfThreadsWhoseCallFails() {
    UncaughtExceptionHandler others = Thread.getDefaultUncaughtExceptionHandler();
    Thread.setDefaultUncaughtExceptionHandler(
        (thread, e) -> {
          if (e instanceof IllegalStateException
              && String.valueOf(e.getMessage()).startsWith("GetQueuedCompletionStatus: ")) {
            return;
          }
          if (others != null) {
            others.uncaughtException(thread, e);
          } else {
            System.err.println("Exception in thread \"" + thread.getName() + "\"");
            e.printStackTrace();
          }
        });
  }

  SystemErrorsTest() {
    super(
        new ScriptedSystem(
            script -> SimulatedWindows.by(script, new SimulatedWinsock(Deviation.NONE)).backend(),
            List.of(
                "socket",
                "closesocket",
                "setsockopt",
                "getsockopt",
                "bind",
                "WSAIoctl",
                "CreateIoCompletionPort",
                "GetQueuedCompletionStatus",
                "ConnectEx",
                "WSAGetOverlappedResult",
                "CancelIoEx"),
            // Winsock's errors, and those of winerror.h that overlapped calls end with.
            IntStream.concat(
                    IntStream.rangeClosed(10004, 10112),
                    IntStream.of(5, 6, 8, 64, 87, 121, 995, 996, 1168, 1225, 1231, 1232, 1236))
                .boxed()
                .toList(),
            error -> error == 997, // WSA_IO_PENDING
            List.of(10061, 10060), // WSAECONNREFUSED, WSAETIMEDOUT
            List.of(10065), // WSAEHOSTUNREACH
            List.of(10048, 10049), // WSAEADDRINUSE, WSAEADDRNOTAVAIL
            // Its failure ends every wait, and is no connect's own.
            List.of("GetQueuedCompletionStatus")));
  }
}
