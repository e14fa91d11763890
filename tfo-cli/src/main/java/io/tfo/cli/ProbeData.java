package io.tfo.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * The data that a probe sends, which the server may get twice. The probe's own data changes nothing
 * there.
 */
final class ProbeData {
  /** HTTPS, SMTPS, LDAPS, DNS over TLS, IMAPS, POP3S, SIPS, and another port of HTTPS. */
  private static final Set<Integer> TLS_PORTS = Set.of(443, 465, 636, 853, 993, 995, 5061, 8443);

  private static final int HTTP_PORT = 80;

  private static final int MOST_BYTES = 32 * 1024;

  private final String name;
  private final byte[] bytes;

  private ProbeData(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  /** A description of the data. */
  String name() {
    return name;
  }

  byte[] bytes() {
    return bytes;
  }

  /**
   * Returns the data that suits a port: a ClientHello if TLS is usual there, else an HTTP HEAD
   * request.
   */
  static ProbeData of(String host, int port) throws IOException {
    return TLS_PORTS.contains(port) ? tls(host, port) : http(host, port);
  }

  /** The first flight of TLS, with the host as the server's name. */
  static ProbeData tls(String host, int port) throws IOException {
    try {
      SSLEngine engine = SSLContext.getDefault().createSSLEngine(host, port);
      engine.setUseClientMode(true);
      ByteBuffer hello = ByteBuffer.allocate(MOST_BYTES);
      engine.wrap(ByteBuffer.allocate(0), hello);
      byte[] record = new byte[hello.flip().remaining()];
      hello.get(record);
      return new ProbeData("a TLS ClientHello", record);
    } catch (GeneralSecurityException e) {
      throw new IOException("TLS: " + e.getMessage(), e);
    }
  }

  /**
   * An HTTP HEAD request. {@code HEAD} is safe and idempotent (RFC 9110, 9.2). The Host header has
   * the port unless it is HTTP's default (7.2). It has no zone of an IPv6 address, which is valid
   * only on this machine (RFC 6874, 4).
   */
  static ProbeData http(String host, int port) {
    String authority = host.contains(":") ? "[" + withoutZone(host) + "]" : host;
    if (port != HTTP_PORT) {
      authority += ":" + port;
    }
    return new ProbeData(
        "an HTTP HEAD request",
        ("HEAD / HTTP/1.1\r\nHost: "
                + authority
                + "\r\nUser-Agent: tfo-probe\r\nConnection: close\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII));
  }

  private static String withoutZone(String address) {
    int zone = address.indexOf('%');
    return zone < 0 ? address : address.substring(0, zone);
  }

  static ProbeData text(String text) {
    return new ProbeData("your text", text.getBytes(StandardCharsets.UTF_8));
  }
}
