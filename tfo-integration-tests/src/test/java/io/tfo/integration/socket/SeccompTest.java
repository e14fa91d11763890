package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sandbox that filters a system call of ours, and none of the JDK's. */
@Timeout(120)
@EnabledOnOs(
    value = OS.LINUX,
    architectures = {"amd64", "aarch64"})
class SeccompTest {
  private static final String REFUSED = "the filter is refused";

  @ParameterizedTest
  @CsvSource({
    "SENDTO, 1, true",
    "SENDTO, 38, false",
    "FASTOPEN_CONNECT, 1, true",
    "FASTOPEN_CONNECT, 38, false",
    "TCP_INFO, 1, true",
    "TCP_INFO, 38, false"
  })
  void socketsConnectPlainly(Filter filter, int errno, boolean fromTheStart) throws Exception {
    Labs.loopback().close();
    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                filter.name(),
                Integer.toString(errno),
                Boolean.toString(fromTheStart)));
    assumeTrue(!child.output().contains(REFUSED), child.output());
    if (!fromTheStart) {
      assertThat(child.output()).contains("before: SYN_DATA_ACKED");
    }
    assertThat(child.output()).contains("exchanged 3 times");
  }

  /** What is filtered. */
  enum Filter {
    SENDTO(System.getProperty("os.arch").equals("amd64") ? 44 : 206, -1),
    FASTOPEN_CONNECT(System.getProperty("os.arch").equals("amd64") ? 54 : 208, 30),
    TCP_INFO(System.getProperty("os.arch").equals("amd64") ? 55 : 209, 11);

    private static final int LOAD = 0x20;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int RETURN = 0x06;
    private static final int ALLOW = 0x7fff0000;
    private static final int ERRNO = 0x00050000;

    /** The offset of the third argument in {@code struct seccomp_data}, little-endian. */
    private static final int THIRD = 32;

    private static final int INSTRUCTION_SIZE = 8;

    private final int call;
    private final int option;

    Filter(int call, int option) {
      this.call = call;
      this.option = option;
    }

    /** Begins to filter the calls of this thread, and of those that it starts. */
    boolean begin(int errno) {
      Memory program = new Memory(6L * INSTRUCTION_SIZE);
      instruction(program, 0, LOAD, 0, 0, 0);
      instruction(program, 1, JUMP_IF_EQUAL, 0, 3, call);
      instruction(program, 2, LOAD, 0, 0, THIRD);
      instruction(program, 3, JUMP_IF_EQUAL, 0, option < 0 ? 0 : 1, option);
      instruction(program, 4, RETURN, 0, 0, ERRNO | errno);
      instruction(program, 5, RETURN, 0, 0, ALLOW);
      Memory description = new Memory(16);
      description.clear();
      description.setShort(0, (short) 6);
      description.setPointer(8, program);
      Function prctl = NativeLibrary.getInstance("c").getFunction("prctl");
      return prctl.invokeInt(new Object[] {38, 1L, 0L, 0L, 0L}) == 0 // PR_SET_NO_NEW_PRIVS
          && prctl.invokeInt(new Object[] {22, 2L, description}) == 0; // PR_SET_SECCOMP
    }

    private static void instruction(
        Memory program, int index, int code, int ifTrue, int ifFalse, int value) {
      long at = (long) index * INSTRUCTION_SIZE;
      program.setShort(at, (short) code);
      program.setByte(at + 2, (byte) ifTrue);
      program.setByte(at + 3, (byte) ifFalse);
      program.setInt(at + 4, value);
    }
  }

  /** The program, whose calls of one thread are filtered. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      try (Lab lab = Labs.loopback()) {
        // Each listener has TCP Fast Open: the library is initialised with the filter.
        lab.client().sysctl("net.ipv4.tcp_fastopen", "1027");
        try (ServerSocket server = lab.client().call(() -> new ServerSocket(0, 5, loopback()))) {
          lab.client().start(() -> echo(server));
          lab.client().call(() -> run(server.getLocalPort(), args));
        }
      }
      System.exit(0);
    }

    private static InetAddress loopback() throws IOException {
      return InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
    }

    private static boolean echo(ServerSocket server) throws IOException {
      while (!server.isClosed()) {
        try (Socket accepted = server.accept()) {
          accepted.getOutputStream().write(accepted.getInputStream().read());
        }
      }
      return true;
    }

    private static boolean run(int port, String[] args) throws IOException {
      boolean fromTheStart = Boolean.parseBoolean(args[2]);
      if (!fromTheStart) {
        System.out.println("before: " + exchangeUntilAccepted(port));
      }
      if (!Filter.valueOf(args[0]).begin(Integer.parseInt(args[1]))) {
        System.out.println(REFUSED);
        return false;
      }
      int times = 0;
      while (times < 3 && exchange(port) != null) {
        times++;
      }
      System.out.println("exchanged " + times + " times");
      return true;
    }

    /** The first connect asks for a cookie; a busy machine may write too late for the SYN. */
    private static FastOpenOutcome exchangeUntilAccepted(int port) throws IOException {
      FastOpenOutcome outcome = exchange(port);
      for (int i = 0; i < 20 && outcome != FastOpenOutcome.SYN_DATA_ACKED; i++) {
        outcome = exchange(port);
      }
      return outcome;
    }

    /** Null is never returned; the outcome is unknown where the filter hides it. */
    private static FastOpenOutcome exchange(int port) throws IOException {
      try (Socket socket = SocketLab.factory().createSocket(loopback(), port)) {
        socket.getOutputStream().write('e');
        if (socket.getInputStream().read() != 'e') {
          throw new IOException("no echo");
        }
        try {
          return SocketLab.factory().outcome(socket);
        } catch (IOException e) {
          return FastOpenOutcome.UNKNOWN;
        }
      }
    }
  }
}
