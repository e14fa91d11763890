package io.tfo.integration.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.integration.mptcp.MptcpLibrary;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Compares what the capabilities say with what the kernel does, in each place and with each
 * setting; and carries out each remedy that they name. Where they cannot find out, they say that it
 * is not known.
 */
@EnabledOnOs(OS.LINUX)
class PlacesTest {
  /** The table of all cells, which a build leaves behind for its reader. */
  private static final Path TABLE = Path.of("target", "places.md");

  private static final List<String> ROWS = new ArrayList<>();

  @TempDir private static Path folder;

  @AfterAll
  static void writeTheTable() throws IOException {
    List<String> table = new ArrayList<>();
    table.add("| TestedPlace | Setting | Client: said | Wire | Server: said | Wire |");
    table.add("|---|---|---|---|---|---|");
    table.addAll(ROWS);
    Files.createDirectories(TABLE.getParent());
    Files.write(TABLE, table);
  }

  /** A side of a cell: what the capability says, what the kernel did, and the texts. */
  private record Side(
      String line, String setting, String status, String wire, String detail, String remedy) {
    static List<Side> of(String line) {
      String[] columns = line.split("\t", -1);
      assertThat(columns).as(line).hasSize(12);
      return List.of(
          new Side(line, columns[1], columns[3], columns[4], columns[5], columns[6]),
          new Side(line, columns[1], columns[8], columns[9], columns[10], columns[11]));
    }

    String said() {
      return isNotKnown() ? "not known" : status;
    }

    boolean isNotKnown() {
      return detail.contains("not known");
    }
  }

  @ParameterizedTest
  @EnumSource
  void theCapabilitiesSayWhatTheWireShows(TestedPlace place) throws Exception {
    List<String> cells = cells(place);
    assertThat(cells).hasSize(place.settings.size());
    for (String cell : cells) {
      List<Side> sides = Side.of(cell);
      ROWS.add(
          "| %s | %s | %s | %s | %s | %s |"
              .formatted(
                  place,
                  sides.get(0).setting(),
                  sides.get(0).said(),
                  sides.get(0).wire(),
                  sides.get(1).said(),
                  sides.get(1).wire()));
      for (Side side : sides) {
        boolean isExpectedUnknown =
            place.isHiding() && (Integer.parseInt(side.setting()) & 1) == 0 && side.isNotKnown();
        if (!isExpectedUnknown) {
          assertThat(side.isNotKnown()).as(cell).isFalse();
          assertThat(side.status().equals("AVAILABLE"))
              .as(cell)
              .isEqualTo(side.wire().equals("on"));
        }
        assertThat(side.remedy().isEmpty()).as(cell).isEqualTo(side.status().equals("AVAILABLE"));
      }
    }
  }

  /** The program carries them out, and fills a cell again. */
  private static void expectEachRemedyToHelp(TestedPlace place, String output) {
    List<String> remedied = output.lines().filter(line -> line.startsWith("remedied\t")).toList();
    boolean isAnyOff = place.settings.stream().anyMatch(each -> (Integer.parseInt(each) & 3) != 3);
    boolean isAnyFiltered = place.filter != Filter.NONE || place == TestedPlace.MPTCP_BY_DEFAULT;
    assertThat(remedied.isEmpty()).as(output).isEqualTo(!isAnyOff);
    for (String line : remedied) {
      for (Side side : Side.of(line)) {
        if (!isAnyFiltered || !side.status().equals("UNSUPPORTED")) {
          assertThat(side.status()).as(line).isEqualTo("AVAILABLE");
          assertThat(side.wire()).as(line).isEqualTo("on");
        }
      }
    }
  }

  private static List<String> cells(TestedPlace place) throws Exception {
    assumeTrue(
        place.filter == Filter.NONE || Filter.isKnownHere(), "the numbers of the calls differ");
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    String namespaces = root && place != TestedPlace.USER_NAMESPACE ? "-nm" : "-Urnm";
    String setup =
        "exec 9> /proc/sys/net/ipv4/tcp_fastopen && "
            + (place == TestedPlace.MPTCP_BY_DEFAULT
                ? place.setup.formatted(MptcpLibrary.compiledIn(folder))
                : place.setup)
            + " && exec \"$0\" \"$@\"";
    List<String> java = new ArrayList<>(List.of("-XX:+UseSerialGC"));
    if (place == TestedPlace.WITHOUT_IPV6) {
      java.add("-Djava.net.preferIPv4Stack=true");
    }
    java.addAll(List.of("-cp", ChildJvm.classPath()));
    java.addAll(List.of(PlaceProgram.class.getName(), place.filter.name()));
    java.addAll(place.settings);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", namespaces, "sh", "-c"), setup, java, Duration.ofMinutes(2));
    child.expectInside();
    assertThat(child.exit()).as(child.output()).isZero();
    expectEachRemedyToHelp(place, child.output());
    return child.output().lines().filter(line -> line.startsWith("cell\t")).toList();
  }
}
