package io.tfo.integration.jdk;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.jdk.OtherJdk.OtherField;
import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.test.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A JDK whose private members are not as this library knows them: connects are plain. */
class OtherJdkTest {
  private static final String NO_DEFERRAL = "connects of asynchronous channels cannot be deferred";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "sun/nio/ch/AsynchronousSocketChannelImpl, writing, " + NO_DEFERRAL,
    "sun/nio/ch/UnixAsynchronousSocketChannelImpl, fdVal, " + NO_DEFERRAL,
    "sun/nio/ch/EPollPort, epfd, " + NO_DEFERRAL,
    "sun/nio/ch/AsynchronousServerSocketChannelImpl, closeLock, asynchronous listeners do not use",
    "sun/nio/ch/SocketChannelImpl, writeLock, no access to the JDK's channels",
    "sun/nio/ch/ServerSocketChannelImpl, fdVal, no access to the JDK's channels",
    "sun/nio/ch/NioSocketImpl, stateLock, ''",
    "sun/nio/ch/Net, pollConnectNow, ''",
    "java/net/SocksSocketImpl, server, the connects of sockets cannot be deferred"
  })
  void connectsPlainlyWhereAMemberHasAnotherName(String owner, String member, String reason)
      throws Exception {
    assertAllIsReceived(run(owner, member, null), reason);
  }

  @ParameterizedTest
  @CsvSource({
    "sun/nio/ch/UnixAsynchronousSocketChannelImpl, fdVal, " + NO_DEFERRAL,
    "sun/nio/ch/SocketChannelImpl, fdVal, a new channel is not of the known kind",
    "sun/nio/ch/NioSocketImpl, timeout, ''"
  })
  void connectsPlainlyWhereAMemberHasAnotherMeaning(String owner, String member, String reason)
      throws Exception {
    assertAllIsReceived(run(owner, member, new OtherField(-1)), reason);
  }

  @Test
  void usesTheMembersOfThisJdk() throws Exception {
    ChildJvm child = java("-Xshare:auto"); // the default
    assertAllIsReceived(child, "");
    assertThat(child.output()).doesNotContain("no access", "cannot be", "do not use", "kind");
  }

  private ChildJvm run(String owner, String member, OtherField other) throws Exception {
    OtherJdk.write(folder, owner, member, other);
    assertThat(folder.resolve(owner + ".class")).exists();
    return java("--patch-module=java.base=" + folder);
  }

  private static ChildJvm java(String option) throws Exception {
    return ChildJvm.java(
        List.of(
            option,
            "-Djava.nio.channels.spi.SelectorProvider=" + FastOpenSelectorProvider.class.getName(),
            "-Djava.nio.channels.spi.AsynchronousChannelProvider="
                + FastOpenAsynchronousChannelProvider.class.getName(),
            "-Dio.tfo.provider.ports=all",
            "-cp",
            System.getProperty("java.class.path"),
            EveryDropIn.class.getName()));
  }

  private static void assertAllIsReceived(ChildJvm child, String reason) {
    assertThat(child.output())
        .contains(
            EveryDropIn.received("connector"),
            EveryDropIn.received("socket"),
            EveryDropIn.received("channel"),
            EveryDropIn.received("asynchronous channel"),
            "asynchronous listener: [1, 2, 3]",
            reason);
    assertThat(child.exit()).isZero();
  }
}
