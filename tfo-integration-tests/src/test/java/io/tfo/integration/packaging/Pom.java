package io.tfo.integration.packaging;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathConstants;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

/** A pom, or a part of one, asked by XPath. */
final class Pom {
  private final Node node;

  private Pom(Node node) {
    this.node = node;
  }

  /** Parses a file. Names in its expressions need no prefix: namespaces are ignored. */
  static Pom read(Path file) {
    try {
      return new Pom(
          DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile()));
    } catch (ParserConfigurationException | org.xml.sax.SAXException | java.io.IOException e) {
      throw new IllegalStateException(file + " is not XML", e);
    }
  }

  /** The elements that an expression selects. */
  List<Pom> elements(String expression) {
    try {
      NodeList found =
          (NodeList)
              XPathFactory.newInstance()
                  .newXPath()
                  .evaluate(expression, node, XPathConstants.NODESET);
      return IntStream.range(0, found.getLength()).mapToObj(i -> new Pom(found.item(i))).toList();
    } catch (XPathExpressionException e) {
      throw new IllegalArgumentException(expression, e);
    }
  }

  /** The trimmed texts of the elements that an expression selects. */
  List<String> texts(String expression) {
    return elements(expression).stream().map(each -> each.node.getTextContent().strip()).toList();
  }

  /** The text of the first child of this name, or a default where there is none. */
  String text(String name, String otherwise) {
    // XPath would build a table of the whole document for each call.
    for (Node child = node.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (name.equals(child.getNodeName())) {
        return child.getTextContent().strip();
      }
    }
    return otherwise;
  }
}
