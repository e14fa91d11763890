package io.tfo.cli;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.ServerSocketChannel;
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

/** The server's half of a trial between two machines. */
@Command(
    name = "serve",
    description =
        "Echoes what 'tfo connect' sends, and tells of each connection whether its first data came"
            + " in the SYN. Ends on Ctrl-C.",
    exitCodeList = {
      "0:It has served until its end.",
      ExitStatus.USAGE_LINE,
      ExitStatus.UNAVAILABLE_LINE
    })
final class ServeCommand implements Callable<Integer> {
  private static final int BACKLOG = 256;
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final long LAST_WORDS_SECONDS = 2;

  private final Terminal terminal;
  private long all;
  private long fast;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "PORT", description = "Where to listen; 0 for any free port.")
  private int port;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description = "The local address to listen on; default: all.")
  private @Nullable String address;

  @Option(
      names = "--max",
      paramLabel = "N",
      description = "End after so many connections; default: never.")
  private long most = Long.MAX_VALUE;

  ServeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws Exception {
    Arguments.requireRange(spec, "PORT", port, 0, 65_535);
    Arguments.requireRange(spec, "--max", most, 1, Long.MAX_VALUE);
    FastOpenListener listener = FastOpenListener.system();
    CountDownLatch ended = new CountDownLatch(1);
    try (ServerSocketChannel listening = open(listener)) {
      Demonstration.warmUp(FastOpenConnector.system(), listener);
      terminal.capability("server", listener.capability());
      terminal.line("Listening on %s", Addresses.text(listening.getLocalAddress()));
      Runtime.getRuntime().addShutdownHook(new Thread(() -> end(listening, ended), "end"));
      new EchoServer(listening, listener, ServeCommand::thread, IDLE, this::report).serve(most);
      meaning(listener.capability());
      return ExitStatus.YES;
    } finally {
      ended.countDown();
    }
  }

  private ServerSocketChannel open(FastOpenListener listener) throws IOException {
    InetSocketAddress local =
        address == null
            ? new InetSocketAddress(port)
            : new InetSocketAddress(InetAddress.getByName(address), port);
    try {
      return listener.open(local, BACKLOG, BACKLOG);
    } catch (SocketException e) {
      throw new IOException(
          "cannot listen on %s: %s".formatted(Addresses.text(local), e.getMessage()), e);
    }
  }

  private static Thread thread(Runnable connection) {
    Thread thread = new Thread(connection, "connection");
    thread.setDaemon(true);
    return thread;
  }

  /** Ctrl-C has the last words said, but does not wait for them long. */
  private static void end(ServerSocketChannel listening, CountDownLatch ended) {
    try {
      listening.close();
      ended.await(LAST_WORDS_SECONDS, TimeUnit.SECONDS);
    } catch (IOException | InterruptedException e) {
      // It ends all the same.
    }
  }

  private synchronized void report(EchoServer.Served served) {
    all++;
    if (served.outcome() == FastOpenOutcome.SYN_DATA_ACKED) {
      fast++;
    }
    terminal.line(
        "%4d  %-21s  %-20s  %d bytes%s",
        all,
        Addresses.text(served.remote()),
        Outcomes.onServer(served.outcome()),
        served.bytes(),
        served.failure().map(e -> ", broke off: " + Errors.describe(e)).orElse(""));
  }

  private synchronized void meaning(FastOpenCapability capability) {
    terminal.line("Opened by data in their SYN: %d of %d connections.", fast, all);
    if (fast == 0 && all > 0) {
      terminal.prose(
          0,
          capability.status() == FastOpenCapability.Status.AVAILABLE
              ? "The first connect of a client only fetches its cookie. If further ones have no data"
                  + " in their SYN, TCP Fast Open is off there, or something in between removes it."
              : "It is not accepted here, as said above: " + capability.detail());
    }
  }
}
