package io.tfo.cli;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The server of a test between two machines; {@link ConnectCommand} is its client. */
@Command(
    name = "serve",
    description =
        "Sends back what 'tfo connect' sends. Prints for each connection whether its first data came"
            + " in the SYN. Ends with Ctrl-C.",
    exitCodeList = {
      "0:It has served --max connections.",
      ExitStatus.USAGE_LINE,
      ExitStatus.UNAVAILABLE_LINE,
      "130:Ctrl-C has ended it."
    })
final class ServeCommand implements Callable<Integer> {
  private static final int BACKLOG = 256;
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final long SUMMARY_SECONDS = 2;

  private final Terminal terminal;
  private long connections;
  private long openedBySynData;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "PORT", description = "The port to listen on; 0 for any free port.")
  private int port;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description = "The local address to listen on; default: all addresses.")
  private @Nullable String address;

  @Option(
      names = "--max",
      paramLabel = "N",
      description = "Ends after this number of connections; default: never.")
  private long max = Long.MAX_VALUE;

  ServeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    Arguments.requireRange(spec, "PORT", port, 0, 65_535);
    Arguments.requireRange(spec, "--max", max, 1, Long.MAX_VALUE);
    FastOpenListener listener = FastOpenListener.system();
    CountDownLatch ended = new CountDownLatch(1);
    try (ServerSocketChannel listening = open(listener)) {
      Demonstration.warmUp(FastOpenConnector.system(), listener);
      terminal.capability("server", listener.capability());
      terminal.line("Listening on %s", Addresses.text(listening.getLocalAddress()));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(listening, ended), "end"));
      new EchoServer(
              listening, listener, ServeCommand::thread, IDLE, served -> report(served, listening))
          .serve(max);
      summarize(listener.capability());
      return ExitStatus.YES;
    } finally {
      ended.countDown();
    }
  }

  private ServerSocketChannel open(FastOpenListener listener) throws IOException {
    InetSocketAddress local =
        address == null
            ? new InetSocketAddress(port)
            : new InetSocketAddress(Addresses.of(spec, "--bind", address).get(0), port);
    try {
      return listener.open(local, BACKLOG, BACKLOG);
    } catch (SocketException | UnsupportedAddressTypeException e) {
      throw new IOException(
          "cannot listen on %s: %s".formatted(Addresses.text(local), Errors.describe(e)), e);
    }
  }

  private static Thread thread(Runnable connection) {
    Thread thread = new Thread(connection, "connection");
    thread.setDaemon(true);
    return thread;
  }

  /** Ends the server on Ctrl-C, and waits a short time for its summary. */
  private static void end(ServerSocketChannel listening, CountDownLatch ended) {
    close(listening);
    try {
      ended.await(SUMMARY_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      // The program ends in any case.
    }
  }

  private synchronized void report(EchoServer.Served served, ServerSocketChannel listening) {
    connections++;
    if (served.outcome() == FastOpenOutcome.SYN_DATA_ACKED) {
      openedBySynData++;
    }
    try {
      print(served);
    } catch (UncheckedIOException e) {
      close(listening); // the summary fails in the same way
    }
  }

  private static void close(ServerSocketChannel listening) {
    try {
      listening.close();
    } catch (IOException e) {
      // It is closed all the same.
    }
  }

  private void print(EchoServer.Served served) {
    terminal.line(
        "%4d  %-21s  %-22s  %d bytes%s",
        connections,
        Addresses.text(served.remote()),
        OutcomeText.onServer(served.outcome()),
        served.bytes(),
        served.failure().map(e -> ", ended by an error: " + Errors.describe(e)).orElse(""));
  }

  private synchronized void summarize(FastOpenCapability capability) {
    terminal.line("Opened by SYN data: %d of %d connections.", openedBySynData, connections);
    if (openedBySynData == 0 && connections > 0) {
      terminal.paragraph(
          0,
          Side.of(capability) != Side.NOT_USABLE
              ? "The first connect of a client only gets a cookie. If later connects carry no SYN data,"
                  + " TCP Fast Open is off on the client, or the network removes the TCP option."
              : "SYN data is not accepted here: " + capability.detail());
    }
  }
}
