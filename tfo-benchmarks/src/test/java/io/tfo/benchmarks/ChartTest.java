package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ChartTest {
  private static Table table() {
    Quartiles one = new Quartiles(1, 1, 1);
    return new Table(
        "Title <&>",
        "ms",
        Table.Better.LOWER,
        List.of(
            new TableRow(
                "JDK SocketChannel", "JDK SocketChannel", new Quartiles(9, 10, 11), one, ""),
            new TableRow(
                "linux-legacy",
                "JDK SocketChannel",
                new Quartiles(4, 5, 6),
                new Quartiles(0.45, 0.5, 0.55),
                "")),
        "note");
  }

  @Test
  void drawsBarsFromZeroInProportionToTheirRatio() throws Exception {
    Document svg =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(Chart.of(List.of(table()), "machine"))));

    NodeList rectangles = svg.getElementsByTagName("rect");
    Element plain = (Element) rectangles.item(1); // after the background
    Element ours = (Element) rectangles.item(2);
    assertThat(ours.getAttribute("x")).isEqualTo(plain.getAttribute("x"));
    assertThat(Double.parseDouble(ours.getAttribute("width")))
        .isEqualTo(Double.parseDouble(plain.getAttribute("width")) / 2);
  }

  @Test
  void leavesOutWhatWasNotMeasured() {
    assertThat(Chart.of(List.of(Table.none("Absent", "no reason")), "machine"))
        .doesNotContain("Absent");
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 1.01, 2, 3.3, 17, 480})
  void ticksAreFewAndRound(double most) {
    double tick = Chart.tick(most);

    assertThat(most / tick).isBetween(2.0, 6.0);
  }
}
