package io.tfo.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The connects to one address.
 *
 * @param server the address
 * @param plain ordinary connects
 * @param fast connects with data in the SYN; none if no ordinary one succeeds
 * @param control an ordinary connect after them, if one of them has failed: it tells whether the
 *     server can still be reached
 * @param whyPlain why connects of {@code fast} were plain, if all of them were
 */
record ProbeResult(
    InetSocketAddress server,
    List<ProbeConnect> plain,
    List<ProbeConnect> fast,
    Optional<ProbeConnect> control,
    String whyPlain) {
  private static final int PLAIN = 2;

  /** Connects plainly, then with TCP Fast Open, one after the other. */
  static ProbeResult of(
      FastOpenConnector connector,
      InetSocketAddress server,
      byte[] data,
      int count,
      Duration timeout)
      throws IOException {
    List<ProbeConnect> plain = new ArrayList<>();
    List<ProbeConnect> fast = new ArrayList<>();
    for (int i = 0; i < PLAIN; i++) {
      plain.add(ProbeConnect.plain(server, data, timeout));
      if (!plain.get(i).isAnswered()) {
        return new ProbeResult(server, plain, fast, Optional.empty(), "");
      }
    }
    WhyPlain whyPlain = new WhyPlain();
    for (int i = 0; i < count; i++) {
      fast.add(ProbeConnect.fast(connector, server, data, timeout));
    }
    return new ProbeResult(
        server,
        plain,
        fast,
        fast.stream().allMatch(ProbeConnect::isConnected)
            ? Optional.empty()
            : Optional.of(ProbeConnect.plain(server, data, timeout)),
        whyPlain.text(connector.capability()));
  }

  ProbeFinding finding() {
    return ProbeFinding.of(plain, fast, control);
  }

  String meaning() {
    ProbeFinding finding = finding();
    return finding == ProbeFinding.OFF_HERE ? finding.meaning + " " + whyPlain : finding.meaning;
  }

  String family() {
    return server.getAddress() instanceof Inet6Address ? "IPv6" : "IPv4";
  }

  /**
   * How much sooner the reply came if the data was acknowledged: the difference of the fastest of
   * each kind.
   */
  Optional<Duration> saved() {
    Optional<Duration> fastest =
        fast.stream()
            .filter(each -> each.is(FastOpenOutcome.SYN_DATA_ACKED))
            .flatMap(each -> each.reply().stream())
            .min(Duration::compareTo);
    return plain.stream()
        .flatMap(each -> each.reply().stream())
        .min(Duration::compareTo)
        .flatMap(slow -> fastest.map(slow::minus));
  }

  JsonObject json() {
    JsonObject json = new JsonObject();
    json.addProperty("address", server.getAddress().getHostAddress());
    json.addProperty("family", family());
    json.addProperty("finding", finding().name());
    json.addProperty("works", finding().works());
    json.addProperty("meaning", meaning());
    saved().ifPresent(saved -> json.addProperty("savedMillis", millis(saved)));
    json.add("plain", json(plain));
    json.add("fastOpen", json(fast));
    control.ifPresent(each -> json.add("control", json(each)));
    return json;
  }

  private static JsonArray json(List<ProbeConnect> connects) {
    JsonArray array = new JsonArray();
    connects.forEach(each -> array.add(json(each)));
    return array;
  }

  private static JsonObject json(ProbeConnect connect) {
    JsonObject json = new JsonObject();
    connect.outcome().ifPresent(outcome -> json.addProperty("outcome", outcome.name()));
    json.addProperty("connectMillis", millis(connect.connected()));
    connect.reply().ifPresent(reply -> json.addProperty("replyMillis", millis(reply)));
    connect.failure().ifPresent(e -> json.addProperty("failure", Errors.describe(e)));
    return json;
  }

  private static double millis(Duration time) {
    return time.toNanos() / 1e6;
  }

  void print(Terminal terminal) {
    terminal.line();
    terminal.heading(family() + " " + Addresses.text(server));
    plain.forEach(each -> print(terminal, "plain", each));
    fast.forEach(each -> print(terminal, "Fast Open", each));
    control.ifPresent(each -> print(terminal, "plain", each));
    String saved =
        saved()
            .filter(time -> !time.isNegative())
            .map(time -> " The reply came %.1f ms sooner.".formatted(millis(time)))
            .orElse("");
    terminal.paragraph(2, meaning() + saved);
  }

  private static void print(Terminal terminal, String kind, ProbeConnect connect) {
    String reply =
        connect
            .reply()
            .map(time -> "reply after %8.1f ms".formatted(millis(time)))
            .orElse("no reply");
    terminal.line(
        "  %-9s  connect %8.1f ms  %-23s  %s",
        kind,
        millis(connect.connected()),
        connect.isConnected() ? reply : "",
        Stream.concat(
                connect.outcome().map(OutcomeText::onClient).stream(),
                connect.failure().map(e -> "failed: " + Errors.describe(e)).stream())
            .collect(Collectors.joining(", ")));
  }
}
