package io.tfo.integration.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.jdk.OtherJdk.OtherField;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.test.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A JDK whose private members are not as this library knows them: connects are plain. */
class OtherJdkTest {
  private static final List<String> DROP_INS =
      List.of("connector", "socket", "channel", "asynchronous channel");

  private static final String NO_DEFERRAL =
      "connects of asynchronous channels cannot be deferred: java.lang.NoSuchFieldException: ";

  private static final String NO_ACCESS =
      "no access to the JDK's channels: java.lang.NoSuchFieldError: ";

  /** One of this library's. The JVM itself warns of native access. */
  private static final Pattern WARNING = Pattern.compile(" io\\.tfo\\..*\\RWARNING: .*");

  @TempDir private Path folder;

  /** The reason is empty where only the level DEBUG tells it. */
  @ParameterizedTest
  @CsvSource({
    "sun/nio/ch/AsynchronousSocketChannelImpl, writing, " + NO_DEFERRAL + ", asynchronous channel",
    "sun/nio/ch/UnixAsynchronousSocketChannelImpl, fdVal, "
        + NO_DEFERRAL
        + ", asynchronous channel",
    "sun/nio/ch/EPollPort, epfd, " + NO_DEFERRAL + ", asynchronous channel",
    "sun/nio/ch/AsynchronousServerSocketChannelImpl, closeLock, "
        + "asynchronous listeners do not use TCP Fast Open: java.lang.NoSuchFieldException: , ''",
    "sun/nio/ch/SocketChannelImpl, writeLock, "
        + NO_ACCESS
        + ", connector;socket;channel;asynchronous channel",
    "sun/nio/ch/ServerSocketChannelImpl, fdVal, "
        + NO_ACCESS
        + ", connector;socket;channel;asynchronous channel",
    "sun/nio/ch/NioSocketImpl, stateLock, '', socket",
    "sun/nio/ch/Net, pollConnectNow, '', socket",
    "java/net/SocksSocketImpl, server, "
        + "the connects of sockets cannot be deferred: java.lang.NoSuchFieldException: , socket"
  })
  void connectsPlainlyWhereAMemberHasAnotherName(
      String owner, String member, String reason, String plain) throws Exception {
    ChildJvm child = run(owner, member, null);
    assertAllIsReceived(child, plain);
    assertWarnsOnce(child, reason, member);
  }

  @ParameterizedTest
  @CsvSource({
    "sun/nio/ch/UnixAsynchronousSocketChannelImpl, fdVal, connects of asynchronous channels cannot "
        + "be deferred: a new channel is not of the known kind, asynchronous channel",
    "sun/nio/ch/SocketChannelImpl, fdVal, a new channel is not of the known kind, "
        + "connector;socket;channel;asynchronous channel",
    "sun/nio/ch/NioSocketImpl, timeout, '', socket"
  })
  void connectsPlainlyWhereAMemberHasAnotherMeaning(
      String owner, String member, String reason, String plain) throws Exception {
    ChildJvm child = run(owner, member, new OtherField(-1));
    assertAllIsReceived(child, plain);
    assertWarnsOnce(child, reason);
  }

  @Test
  void usesTheMembersOfThisJdk() throws Exception {
    ChildJvm child = java("-Xshare:auto"); // the default
    assertAllIsReceived(child, "");
    assertWarnsOnce(child, "");
  }

  private ChildJvm run(String owner, String member, OtherField other) throws Exception {
    OtherJdk.write(folder, owner, member, other);
    assertThat(folder.resolve(owner + ".class")).exists();
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
            "-Dio.tfo.backoff=false", // for which a busy machine's late answer is a loss
            "-cp",
            System.getProperty("java.class.path"),
            EveryDropIn.class.getName());
    try (Lab lab = Labs.loopback()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", "3");
      return lab.client().call(() -> ChildJvm.java(arguments));
    }
  }

  /**
   * Also that the SYNs of the others have the option.
   *
   * @param plain the drop-ins whose SYNs have not, with semicolons between
   */
  private static void assertAllIsReceived(ChildJvm child, String plain) {
    List<String> plainOnes = plain.isEmpty() ? List.of() : List.of(plain.split(";"));
    assertThat(plainOnes).isSubsetOf(DROP_INS);
    for (String each : DROP_INS) {
      assertThat(child.output().lines())
          .contains(EveryDropIn.received(each))
          .anyMatch(line -> line.startsWith(EveryDropIn.attempts(each)));
      boolean isPlain = child.output().lines().anyMatch((EveryDropIn.attempts(each) + 0)::equals);
      assertThat(isPlain).as("%s is plain: %s", each, child).isEqualTo(plainOnes.contains(each));
    }
    assertThat(child.output()).contains("asynchronous listener: [1, 2, 3]");
    assertThat(child.exit()).isZero();
  }

  /**
   * The one warning is this.
   *
   * @param reason what it contains; empty first for no warning
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
