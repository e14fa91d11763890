package io.tfo.cli;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The client of a test between two machines; {@link ServeCommand} is its server. */
@Command(
    name = "connect",
    description =
        "Connects to 'tfo serve' on another machine several times. Prints for each connection the"
            + " outcome of TCP Fast Open and the time to the reply.",
    exitCodeList = {
      "0:The server acknowledged SYN data at least once.",
      "1:It did not, or this machine's kernel does not report it.",
      ExitStatus.USAGE_LINE,
      ExitStatus.UNAVAILABLE_LINE
    })
final class ConnectCommand implements Callable<Integer> {
  private static final int MAX_BYTES = 16 * 1024;
  private static final int MAX_SECONDS = 3600;

  private final Terminal terminal;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(
      index = "0",
      paramLabel = "HOST",
      description = "The host name or address of the server.")
  private String host = "";

  @Parameters(index = "1", paramLabel = "PORT", description = "The port of the server.")
  private int port;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "3",
      description = "The number of connects, one after the other; default: ${DEFAULT-VALUE}.")
  private int count;

  @Option(
      names = "--data",
      paramLabel = "TEXT",
      defaultValue = "hello, in the first packet",
      description = "The text to send, in UTF-8; default: '${DEFAULT-VALUE}'.")
  private String data = "";

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "The timeout for each connect and each reply; default: ${DEFAULT-VALUE}.")
  private int timeout;

  ConnectCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    byte[] bytes = data.getBytes(StandardCharsets.UTF_8);
    Arguments.requireRange(spec, "PORT", port, 1, 65_535);
    Arguments.requireRange(spec, "--count", count, 1, 1_000_000);
    Arguments.requireRange(spec, "--timeout", timeout, 1, MAX_SECONDS);
    Arguments.requireRange(spec, "the length of --data", bytes.length, 1, MAX_BYTES);
    FastOpenConnector connector = FastOpenConnector.system();
    InetSocketAddress server = new InetSocketAddress(Addresses.of(spec, "HOST", host).get(0), port);
    terminal.capability("client", connector.capability());
    terminal.line("Connecting to %s", Addresses.text(server));
    Demonstration.warmUp(connector, FastOpenListener.system());
    WhyPlain whyPlain = new WhyPlain();
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      Exchange exchange = exchange(connector, server, bytes);
      terminal.line(
          "%4d  %-25s  reply after %7.1f ms",
          i, OutcomeText.onClient(exchange.outcome()), exchange.timeToFirstByte().toNanos() / 1e6);
      exchanges.add(exchange);
    }
    terminal.paragraph(0, Diagnosis.of(exchanges, whyPlain.text(connector.capability())));
    return exchanges.stream().anyMatch(e -> e.outcome() == FastOpenOutcome.SYN_DATA_ACKED)
        ? ExitStatus.YES
        : ExitStatus.NO;
  }

  private Exchange exchange(FastOpenConnector connector, InetSocketAddress server, byte[] bytes)
      throws IOException {
    try {
      return Exchange.fast(connector, server, bytes, Duration.ofSeconds(timeout));
    } catch (IOException | UnsupportedAddressTypeException e) {
      throw new IOException(
          "connect to %s: %s%s".formatted(Addresses.text(server), Errors.describe(e), advice(e)),
          e);
    }
  }

  /**
   * Returns advice for a failure of the network: it is not known here whether an ordinary connect
   * fails, too.
   */
  private String advice(Exception e) {
    boolean isOfTheNetwork = e instanceof SocketException || e instanceof SocketTimeoutException;
    return isOfTheNetwork
        ? "; 'tfo probe %s' compares with ordinary connects".formatted(target())
        : "";
  }

  private String target() {
    return (host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host) + ":" + port;
  }
}
