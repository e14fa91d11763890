package io.tfo.integration.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.jvm.StoppedTimerAgent;
import io.tfo.test.ChildJvm;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.LogManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs a program without and with the agent. The program does the same in both runs. Where TCP Fast
 * Open is not used, one line says why.
 */
@Timeout(240)
@EnabledOnOs(OS.LINUX)
@Execution(ExecutionMode.CONCURRENT)
class AgentPlacesTest {
  /** A busy machine may reach the first write later than the SYN waits for it. */
  private static final String PATIENT = StoppedTimerAgent.option();

  @TempDir private Path folder;

  /** Runs the program with the option that suppresses new JDKs' warning about JNA. */
  private static AgentJvmRun run(String agentOptions, String... jvmOptions) throws Exception {
    return AgentJvmRun.of(agentOptions, quiet(jvmOptions).toArray(String[]::new));
  }

  private static List<String> quiet(String... jvmOptions) {
    List<String> options = new ArrayList<>(Arrays.asList(jvmOptions));
    if (Runtime.version().feature() >= 22) {
      options.add("--enable-native-access=ALL-UNNAMED");
    }
    return options;
  }

  @Test
  void theProgramDoesTheSameAndItsSynsCarryData() throws Exception {
    run("", PATIENT).assertFastOpen();
  }

  /** The JVM verifies the classes that the agent has changed. */
  @Test
  void theJvmsVerifierAcceptsWhatTheAgentChanges() throws Exception {
    run("", PATIENT, "-XX:+UnlockDiagnosticVMOptions", "-XX:+BytecodeVerificationLocal")
        .assertFastOpen();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ports=https | all, none, or ports",
        "plain=everywhere | everywhere",
        "listeners=perhaps | on or off",
        "nonsense | the options are ports="
      })
  void aWrongOptionIsReportedInOneLine(String option, String why) throws Exception {
    run(option).assertPlain("invalid option " + option + ": ", why);
  }

  @Test
  void aWrongSystemPropertyIsReportedInOneLine() throws Exception {
    run("", "-Dio.tfo.agent.sockets=perhaps")
        .assertPlain("invalid option sockets=perhaps: must be on or off");
  }

  /** The sockets send data in two SYNs of three, and their listener accepts both. */
  @ParameterizedTest
  @ValueSource(strings = {"io.tfo.provider.firstWriteMillis", "io.tfo.provider.backlog"})
  void aWrongSettingOfChannelsIsReportedAndTheRestIsUsed(String property) throws Exception {
    AgentJvmRun run = run("", PATIENT, "-D" + property + "=soon");

    assertThat(run.added())
        .singleElement()
        .asString()
        .contains(
            "INFO",
            "is on, but not for channels, because of -D" + property + "=soon: must be an integer");
    assertThat(run.with()).contains(PlainProgram.KERNEL + "2 sent, 2");
  }

  @Test
  void aWrongSettingThatTheAgentDoesNotReadChangesNothing() throws Exception {
    run("", PATIENT, "-Dio.tfo.provider.ports=https").assertFastOpen();
  }

  @Test
  void optionsFromTheEnvironmentAreRead() throws Exception {
    AgentJvmRun.after("export TFO_PORTS=https", "", quiet(), AgentJvmRun.plainProgram("3"))
        .assertPlain("invalid option ports=https: ");
  }

  @Test
  void aVariableOfTheEnvironmentWithoutAValueIsNotSet() throws Exception {
    AgentJvmRun.after(
            "export TFO_PORTS= TFO_LISTENERS=", "", quiet(PATIENT), AgentJvmRun.plainProgram("3"))
        .assertFastOpen();
  }

  @Test
  void connectsToOtherPortsArePlain() throws Exception {
    AgentJvmRun run = run("ports=443,5432");
    assertThat(run.added()).isEmpty();
    assertThat(run.with()).contains(PlainProgram.KERNEL + "0 sent, 0");
  }

  @Test
  void saysThatItIsSwitchedOff() throws Exception {
    run("", "-Dio.tfo.backend=none").assertPlain("switched off by -Dio.tfo.backend=none");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "linux-conect | -Dio.tfo.backend=linux-conect names no installed backend; installed: linux-",
        "windows | -Dio.tfo.backend=windows: it works on Windows; this is Linux",
        "'' | -Dio.tfo.backend= names no installed backend"
      })
  void saysThatTheBackendThatIsForcedDoesNotWork(String name, String why) throws Exception {
    run("", "-Dio.tfo.backend=" + name).assertPlain("TCP Fast Open is not used: ", why);
  }

  @Test
  void aWrongPropertyOfTheLibraryIsReportedInOneLineAndTheRestIsUsed() throws Exception {
    AgentJvmRun run = run("", PATIENT, "-Dio.tfo.withoutCookie=everywhere");

    assertThat(run.added())
        .singleElement()
        .asString()
        .contains("INFO: TCP Fast Open is on, but -Dio.tfo.withoutCookie=everywhere: block");
    assertThat(run.with()).contains(PlainProgram.KERNEL + "8 sent, 8");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0 | '' | connects are plain while net.ipv4.tcp_fastopen=0",
        "2 | '' | connects are plain while net.ipv4.tcp_fastopen=2",
        "1 | ports=none | listeners are ordinary ones while net.ipv4.tcp_fastopen=1"
      })
  void saysAtTheStartThatTheKernelsSwitchIsOff(String value, String options, String why)
      throws Exception {
    assertThat(atTheStart(value, options))
        .containsExactly("tfo-agent: INFO: TCP Fast Open is on, but " + why);
  }

  /** A program that only connects, on an ordinary kernel, need not be told of listeners. */
  @Test
  void saysNothingAtTheStartWhereTheProgramCanConnect() throws Exception {
    assertThat(atTheStart("1", "")).isEmpty();
  }

  @Test
  void saysAtTheStartThatTheOptionsSwitchNothingOn() throws Exception {
    assertThat(atTheStart("0", "ports=none;listeners=off"))
        .containsExactly(
            "tfo-agent: INFO: TCP Fast Open is off: the options switch everything off");
  }

  private static List<String> atTheStart(String value, String options) throws Exception {
    return AgentJvmRun.run(
            "echo " + value + " > /proc/sys/net/ipv4/tcp_fastopen",
            List.of(AgentJar.option(options)),
            quiet(),
            List.of(
                "-cp",
                ChildJvm.path(ChildJvm.home(LoggingProgram.class), ChildJvm.home(ChildJvm.class)),
                LoggingProgram.class.getName()))
        .stream()
        .filter(line -> line.contains("tfo-agent"))
        .toList();
  }

  @Test
  void leavesAProgramItsSelectorProviderAndSaysSo() throws Exception {
    String own = "sun.nio.ch.PollSelectorProvider";

    AgentJvmRun run = run("", PATIENT, "-Djava.nio.channels.spi.SelectorProvider=" + own);

    assertThat(run.added()).singleElement().asString().contains("INFO", "NIO channels", own);
    assertThat(run.with())
        .as("sockets and asynchronous channels")
        .contains(PlainProgram.KERNEL + "5 sent, 5");
  }

  @Test
  void leavesAProgramTheSelectorProviderOfItsClassPathAndSaysSo() throws Exception {
    String name = "META-INF/services/java.nio.channels.spi.SelectorProvider";
    Path service = folder.resolve(name);
    Files.createDirectories(service.getParent());
    Files.writeString(service, "# the program's own");
    List<String> program = new ArrayList<>(AgentJvmRun.plainProgram("3"));
    program.set(1, program.get(1) + File.pathSeparator + folder);

    AgentJvmRun run = AgentJvmRun.after("true", "", quiet(PATIENT), program);

    assertThat(run.added()).singleElement().asString().contains("INFO", "NIO channels", name);
    assertThat(run.with())
        .as("sockets and asynchronous channels")
        .contains(PlainProgram.KERNEL + "5 sent, 5");
  }

  /** Configures the logging of a program, which uses channels, too. */
  public static final class LoggingByAChannel {
    public LoggingByAChannel() {
      System.out.println("logging has a provider: " + (SelectorProvider.provider() != null));
    }

    public static void main(String[] arguments) throws IOException {
      SocketChannel.open().close();
      System.getLogger("program").log(System.Logger.Level.DEBUG, "opened");
    }
  }

  @Test
  void startsNoLoggingWhileTheJdkChoosesItsSelectorProvider() throws Exception {
    String program = LoggingByAChannel.class.getName();

    ChildJvm child =
        ChildJvm.java(
            List.of(
                AgentJar.option(""),
                "-Djava.util.logging.config.class=" + program,
                "-cp",
                ChildJvm.home(LoggingByAChannel.class),
                program));

    assertThat(child.output()).contains("logging has a provider: true");
  }

  /** An agent that connects before {@code main}, on the main thread and on a thread of its own. */
  public static final class ConnectingAgent {
    private ConnectingAgent() {}

    public static void premain(String arguments) throws InterruptedException {
      Thread own = new Thread(ConnectingAgent::connect);
      own.start();
      own.join();
      connect();
    }

    private static void connect() {
      try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
          Socket client = new Socket()) {
        client.connect(server.getLocalSocketAddress());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  public static final class OwnLogManager extends LogManager {}

  /** A program that chooses its log manager when it begins. */
  static final class LoggingProgram {
    private LoggingProgram() {}

    public static void main(String[] arguments) {
      System.out.println(ChildJvm.INSIDE);
      System.setProperty("java.util.logging.manager", OwnLogManager.class.getName());
      System.out.println("log manager: " + LogManager.getLogManager().getClass().getSimpleName());
      System.exit(PlainProgram.EXIT);
    }
  }

  @Test
  void startsNoLoggingForAnotherAgentThatConnectsBeforeMain() throws Exception {
    Path jar = folder.resolve("agent.jar");
    StoppedTimerAgent.write(ConnectingAgent.class, jar);
    List<String> agents = List.of(AgentJar.option("ports=all"), "-javaagent:" + jar);

    List<String> output =
        AgentJvmRun.run(
            "echo 0 > /proc/sys/net/ipv4/tcp_fastopen",
            agents,
            quiet(),
            List.of(
                "-cp",
                ChildJvm.path(ChildJvm.home(LoggingProgram.class), ChildJvm.home(ChildJvm.class)),
                LoggingProgram.class.getName()));

    assertThat(output).contains("log manager: OwnLogManager");
  }

  @Test
  void loadsNoBackendForAListenerThatItLeavesAlone() throws Exception {
    Path classes = folder.resolve("classes");

    run("listeners=off;channels=off;ports=443", "-Xlog:class+load:file=" + classes);

    assertThat(classes)
        .content()
        .contains("io.tfo.agent.inside.BindHook ")
        .doesNotContain(
            "io.tfo.spi.FastOpenBackend ", "io.tfo.spi.MalformedProperties ", "com.sun.jna.");
  }

  @Test
  void leavesAProgramItsSocketImplFactory() throws Exception {
    ChildJvm child =
        ChildJvm.java(
            List.of(
                AgentJar.option("ports=all"),
                "-cp",
                System.getProperty("java.class.path"),
                "io.tfo.integration.socket.ProcessWideFactoryTest$Program"));

    assertThat(child.output().lines().filter(line -> line.contains("connect")))
        .containsExactly("java.io.IOException: own connect", "java.io.IOException: own connect");
  }

  @Test
  void runsPlainlyWhereTheLibraryOfJnaIsMissing() throws Exception {
    run("", "-Djna.nounpack=true", "-Djna.boot.library.path=" + folder)
        .assertPlain("connects are plain: ", "UnsatisfiedLinkError");
  }

  @Test
  void runsPlainlyWhereTheTemporaryFolderIsNoexec() throws Exception {
    AgentJvmRun.after(
            "mount -t tmpfs -o noexec none " + folder,
            "",
            quiet("-Djava.io.tmpdir=" + folder, "-Duser.home=" + folder),
            AgentJvmRun.plainProgram("3"))
        .assertPlain("connects are plain: ", "UnsatisfiedLinkError");
  }

  @Test
  void runsPlainlyWhereTheWholeRootIsReadOnly() throws Exception {
    AgentJvmRun.after(
            "for mount in $(awk '{print $5}' /proc/self/mountinfo | sort -r);"
                + " do mount -o remount,bind,ro $mount 2> /dev/null; done; true",
            "",
            quiet("-Duser.home=" + folder),
            AgentJvmRun.plainProgram())
        .assertPlain("connects are plain: ", "is not writable");
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_24)
  void runsPlainlyUnderIllegalNativeAccessDeny() throws Exception {
    AgentJvmRun.of("", "--illegal-native-access=deny")
        .assertPlain("connects are plain: ", "--enable-native-access=ALL-UNNAMED");
  }

  @Test
  @EnabledForJreRange(max = JRE.JAVA_23)
  void worksUnderASecurityManagerThatGrantsTheAgentAllPermissions() throws Exception {
    List<String> options = new ArrayList<>(List.of(PATIENT));
    options.addAll(List.of(securityManager("permission java.security.AllPermission;")));
    run("", options.toArray(String[]::new)).assertFastOpen();
  }

  @Test
  @EnabledForJreRange(max = JRE.JAVA_23)
  void runsPlainlyUnderASecurityManagerThatGrantsItNone() throws Exception {
    run("", securityManager("")).assertPlain("TCP Fast Open is not used", "access denied");
  }

  /**
   * Grants the program what it needs, the agent what is given, and the test's own agent everything.
   */
  private String[] securityManager(String ofTheAgent) throws Exception {
    Path policy =
        Files.writeString(
            folder.resolve("policy"),
            """
            grant {
              permission java.net.SocketPermission "*", "accept,connect,listen,resolve";
              permission java.io.FilePermission "/proc/-", "read,write";
              permission java.lang.RuntimePermission "exitVM.*";
            };
            grant codeBase "%s" {
              %s
            };
            grant codeBase "%s" {
              permission java.security.AllPermission;
            };
            """
                .formatted(AgentJar.path().toUri(), ofTheAgent, StoppedTimerAgent.jar().toUri()));
    return new String[] {"-Djava.security.manager", "-Djava.security.policy==" + policy};
  }
}
