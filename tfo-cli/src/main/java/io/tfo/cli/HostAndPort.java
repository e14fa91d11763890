package io.tfo.cli;

/**
 * A host and a port, as a user types them.
 *
 * @param host a name or an address, without brackets
 * @param port the port
 */
record HostAndPort(String host, int port) {
  /**
   * Parses {@code HOST}, {@code HOST:PORT}, {@code [IPV6]}, {@code [IPV6]:PORT}, {@code IPV6}.
   *
   * @throws IllegalArgumentException if the port is not a number
   */
  static HostAndPort parse(String text, int defaultPort) {
    boolean bracketed = text.startsWith("[") && text.contains("]");
    int colon = text.lastIndexOf(':');
    boolean hasPort = bracketed ? text.contains("]:") : colon >= 0 && text.indexOf(':') == colon;
    String host = hasPort ? text.substring(0, colon) : text;
    return new HostAndPort(
        bracketed ? host.substring(1, host.lastIndexOf(']')) : host,
        hasPort ? number(text.substring(colon + 1)) : defaultPort);
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("PORT is '" + text + "', but must be a number", e);
    }
  }
}
