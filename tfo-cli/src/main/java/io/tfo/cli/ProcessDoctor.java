package io.tfo.cli;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tfo.FastOpenCapability;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Prints what another process does with TCP Fast Open. */
final class ProcessDoctor {
  private static final int INDENT = 13;

  private final Terminal terminal;
  private final long pid;
  private final Optional<AgentState> agent;
  private final List<String> problems;

  ProcessDoctor(
      Terminal terminal, long pid, Optional<AgentState> agent, List<String> malformedProperties) {
    this.terminal = terminal;
    this.pid = pid;
    this.agent = agent;
    this.problems = malformedProperties;
  }

  void print(List<ProcessReport> copies) {
    terminal.heading("TCP Fast Open in process " + pid);
    agent.ifPresent(
        state -> {
          terminal.line();
          row("agent", state.text());
        });
    for (ProcessReport copy : copies) {
      terminal.line();
      print(copy);
    }
    String told = agent.map(AgentState::text).orElse("");
    problems.stream()
        .filter(problem -> !told.contains(problem))
        .forEach(problem -> row("problem", problem));
  }

  private void print(ProcessReport copy) {
    row("library", copy.version());
    row("in use", copy.dropIns().isEmpty() ? "nothing so far" : join(copy.dropIns()));
    row("connect", copy.connector() + ": " + text(copy.client()));
    row("listen", copy.listener() + ": " + text(copy.server()));
    row(
        "SYNs",
        "%d with data, %d asked for a cookie, %d were lost and sent again"
            .formatted(copy.synData(), copy.cookieRequested(), copy.retransmitted()));
    row(
        "outcomes",
        "%d acknowledged, %d not acknowledged (only outcomes that were read)"
            .formatted(copy.acknowledged(), copy.notAcknowledged()));
    row("plain", copy.plain().isEmpty() ? "0" : counts(copy.plain()));
    row(
        "listeners",
        "%d switched on; %d connections accepted with SYN data (only outcomes that were read)"
            .formatted(copy.listenersOn(), copy.acceptedSynData()));
    row(
        "back-off",
        copy.backOff().isEmpty()
            ? "none"
            : copy.backOff().entrySet().stream()
                .map(each -> "%s for %d s".formatted(each.getKey(), each.getValue()))
                .collect(Collectors.joining(", ")));
  }

  private static String join(List<String> texts) {
    return String.join(", ", texts);
  }

  private static String counts(Map<String, Long> plain) {
    return plain.entrySet().stream()
        .map(each -> each.getValue() + " " + each.getKey())
        .collect(Collectors.joining(", "));
  }

  private static String text(FastOpenCapability capability) {
    return Side.status(capability) + ", " + capability.detail();
  }

  private void row(String name, String value) {
    terminal.line(
        "  %-11s%s",
        name,
        WordWrap.wrap(value, Terminal.WIDTH - INDENT)
            .collect(Collectors.joining(System.lineSeparator() + " ".repeat(INDENT))));
  }

  JsonObject json(List<ProcessReport> copies) {
    JsonObject json = new JsonObject();
    json.addProperty("version", Version.program());
    json.addProperty("pid", pid);
    agent.ifPresent(state -> json.addProperty("agent", state.text()));
    JsonArray all = new JsonArray();
    copies.forEach(copy -> all.add(json(copy)));
    json.add("copies", all);
    json.add("problems", DoctorJson.strings(problems));
    return json;
  }

  private static JsonObject json(ProcessReport copy) {
    JsonObject json = new JsonObject();
    json.addProperty("version", copy.version());
    JsonArray dropIns = new JsonArray();
    copy.dropIns().forEach(dropIns::add);
    json.add("dropIns", dropIns);
    json.addProperty("connector", copy.connector());
    json.add("client", DoctorJson.of(copy.client()));
    json.addProperty("listener", copy.listener());
    json.add("server", DoctorJson.of(copy.server()));
    json.addProperty("synData", copy.synData());
    json.addProperty("cookieRequested", copy.cookieRequested());
    json.addProperty("acknowledged", copy.acknowledged());
    json.addProperty("notAcknowledged", copy.notAcknowledged());
    json.addProperty("retransmitted", copy.retransmitted());
    json.add("plain", json(copy.plain()));
    json.addProperty("listenersOn", copy.listenersOn());
    json.addProperty("acceptedSynData", copy.acceptedSynData());
    json.add("backOffSeconds", json(copy.backOff()));
    return json;
  }

  private static JsonObject json(Map<String, Long> numbers) {
    JsonObject json = new JsonObject();
    numbers.forEach(json::addProperty);
    return json;
  }
}
