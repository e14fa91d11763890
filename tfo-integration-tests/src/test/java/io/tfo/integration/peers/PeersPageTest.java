package io.tfo.integration.peers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page has what {@link PeerTable} measures: it was written again after the last change. */
class PeersPageTest {
  private static List<String> lines() throws Exception {
    return Files.readAllLines(Path.of("..", "docs", "peers.md"));
  }

  @Test
  void eachSituationHasARowWithACellForEachPeer() throws Exception {
    String head = head();
    for (Situation situation : Situation.values()) {
      assertThat(lines())
          .as(situation.name())
          .filteredOn(line -> line.startsWith("| " + situation.label + " |"))
          .singleElement()
          .satisfies(row -> assertThat(cells(row)).hasSize(cells(head).size()).doesNotContain(""));
    }
  }

  @Test
  void eachPeerHasAColumnOrIsSkippedWithTheReason() throws Exception {
    String page = String.join("\n", lines());
    for (Peer peer : Peer.values()) {
      if (!cells(head()).contains(peer.label)) {
        assertThat(page).contains("Skipped: " + skipped(peer));
      }
    }
  }

  private static String head() throws Exception {
    return lines().stream()
        .filter(line -> line.startsWith("| Situation |"))
        .findFirst()
        .orElseThrow();
  }

  private static String skipped(Peer peer) {
    return peer.isJava() ? "never" : peer.inProgram().label;
  }

  private static List<String> cells(String row) {
    return Stream.of(row.substring(1).split("\\|")).map(String::strip).toList();
  }
}
