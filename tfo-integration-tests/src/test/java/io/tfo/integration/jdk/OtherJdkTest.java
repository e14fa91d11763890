package io.tfo.integration.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.jdk.OtherJdk.OtherField;
import io.tfo.integration.soak.SomeCases;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.test.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * On a JDK whose private members differ from those that this library knows, connects are plain.
 * Runs with some members; the soak runs with all.
 */
class OtherJdkTest {
  private static final String SOCKET = "socket";
  private static final String ASYNCHRONOUS = "asynchronous channel";
  private static final List<String> DROP_INS =
      List.of("connector", SOCKET, "channel", ASYNCHRONOUS);

  private static final String NO_DEFERRAL =
      "connects of asynchronous channels cannot be deferred: java.lang.NoSuchFieldException: ";

  private static final String NO_ACCESS =
      "no access to the JDK's channels: java.lang.NoSuchFieldError: ";

  /** A warning of this library. The JVM itself warns of native access. */
  private static final Pattern WARNING = Pattern.compile(" io\\.tfo\\..*\\RWARNING: .*");

  @TempDir private Path folder;

  /**
   * A member of the JDK, and what the library does without it.
   *
   * @param reason the reason in the warning; empty if it is logged at DEBUG only
   * @param plain the drop-ins whose connects are plain then
   */
  private record Member(String owner, String name, String reason, List<String> plain) {
    static Member of(String owner, String name, String reason, String... plain) {
      return new Member(owner, name, reason, List.of(plain));
    }
  }

  static Stream<Member> renamed(TestInfo test) {
    String[] all = DROP_INS.toArray(String[]::new);
    return SomeCases.of(
        List.of(
            Member.of("sun/nio/ch/SocketChannelImpl", "writeLock", NO_ACCESS, all),
            Member.of("sun/nio/ch/ServerSocketChannelImpl", "fdVal", NO_ACCESS, all),
            Member.of(
                "sun/nio/ch/AsynchronousSocketChannelImpl", "writing", NO_DEFERRAL, ASYNCHRONOUS),
            Member.of(
                "sun/nio/ch/UnixAsynchronousSocketChannelImpl", "fdVal", NO_DEFERRAL, ASYNCHRONOUS),
            Member.of("sun/nio/ch/EPollPort", "epfd", NO_DEFERRAL, ASYNCHRONOUS),
            Member.of(
                "sun/nio/ch/AsynchronousServerSocketChannelImpl",
                "closeLock",
                "asynchronous listeners do not use TCP Fast Open: java.lang.NoSuchFieldException: "),
            Member.of("sun/nio/ch/NioSocketImpl", "stateLock", "", SOCKET),
            Member.of("sun/nio/ch/Net", "pollConnectNow", "", SOCKET),
            Member.of(
                "java/net/SocksSocketImpl",
                "server",
                "the connects of sockets cannot be deferred: java.lang.NoSuchFieldException: ",
                SOCKET)),
        test,
        0);
  }

  @ParameterizedTest
  @MethodSource("renamed")
  void connectsPlainlyWhereAMemberHasAnotherName(Member member) throws Exception {
    ChildJvm child = run(member, null);
    assertAllIsReceived(child, member.plain);
    assertWarnsOnce(child, member.reason, member.name);
  }

  static Stream<Member> ofAnotherMeaning(TestInfo test) {
    return SomeCases.of(
        List.of(
            Member.of(
                "sun/nio/ch/SocketChannelImpl",
                "fdVal",
                "a new channel is of an unknown kind",
                DROP_INS.toArray(String[]::new)),
            Member.of(
                "sun/nio/ch/UnixAsynchronousSocketChannelImpl",
                "fdVal",
                "connects of asynchronous channels cannot be deferred: a new channel is of an"
                    + " unknown kind",
                ASYNCHRONOUS),
            Member.of("sun/nio/ch/NioSocketImpl", "timeout", "", SOCKET)),
        test,
        0);
  }

  @ParameterizedTest
  @MethodSource("ofAnotherMeaning")
  void connectsPlainlyWhereAMemberHasAnotherMeaning(Member member) throws Exception {
    ChildJvm child = run(member, new OtherField(-1));
    assertAllIsReceived(child, member.plain);
    assertWarnsOnce(child, member.reason);
  }

  @Test
  void usesTheMembersOfThisJdk() throws Exception {
    ChildJvm child = java("-Xshare:auto"); // the default
    assertAllIsReceived(child, List.of());
    assertWarnsOnce(child, "");
  }

  private ChildJvm run(Member member, OtherField other) throws Exception {
    OtherJdk.write(folder, member.owner, member.name, other);
    assertThat(folder.resolve(member.owner + ".class")).exists();
    return java("--patch-module=java.base=" + folder);
  }

  private static ChildJvm java(String option) throws Exception {
    List<String> arguments =
        List.of(
            option,
            "-Djava.nio.channels.spi.SelectorProvider=" + FastOpenSelectorProvider.class.getName(),
            "-Djava.nio.channels.spi.AsynchronousChannelProvider="
                + FastOpenAsynchronousChannelProvider.class.getName(),
            "-Dio.tfo.provider.ports=all",
            "-Dio.tfo.provider.firstWriteMillis=10000",
            "-Dio.tfo.backoff=false", // it would take a busy machine's late answer for a loss
            "-cp",
            ChildJvm.classPath(),
            EveryDropIn.class.getName());
    try (Lab lab = Labs.loopback()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", "3");
      return lab.client().call(() -> ChildJvm.java(arguments));
    }
  }

  /**
   * Asserts that all data was received, and that the SYNs of the drop-ins that are not plain have
   * the option.
   *
   * @param plain the drop-ins whose SYNs do not have it
   */
  private static void assertAllIsReceived(ChildJvm child, List<String> plain) {
    assertThat(plain).isSubsetOf(DROP_INS);
    for (String each : DROP_INS) {
      assertThat(child.output().lines())
          .contains(EveryDropIn.received(each))
          .anyMatch(line -> line.startsWith(EveryDropIn.attempts(each)));
      boolean isPlain = child.output().lines().anyMatch((EveryDropIn.attempts(each) + 0)::equals);
      assertThat(isPlain).as("%s is plain: %s", each, child).isEqualTo(plain.contains(each));
    }
    assertThat(child.output()).contains("asynchronous listener: [1, 2, 3]");
    assertThat(child.exit()).isZero();
  }

  /**
   * Asserts that the JVM warned once, for a reason, or not at all.
   *
   * @param reason words that the warning contains; none is expected if the first is empty
   */
  private static void assertWarnsOnce(ChildJvm child, String... reason) {
    List<String> warnings =
        WARNING.matcher(child.output()).results().map(MatchResult::group).toList();
    if (reason[0].isEmpty()) {
      assertThat(warnings).isEmpty();
    } else {
      assertThat(warnings).singleElement().asString().contains(reason);
    }
  }
}
