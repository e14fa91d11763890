package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.function.Predicate;
import mockwebserver3.MockResponse;
import okhttp3.Headers;
import okhttp3.Protocol;
import okhttp3.tls.HandshakeCertificates;
import okio.Buffer;

/** A client library, with a server for it. */
enum ClientLibrary {
  JEDIS(
      hosts -> hosts.serve(RedisPeer::converse),
      LibrarySession::jedis,
      startsWith("*2\r\n$5\r\nHELLO\r\n")),
  RABBITMQ(
      hosts -> hosts.serve(AmqpPeer::converse),
      LibrarySession::rabbitMq,
      bytes -> Arrays.equals(bytes, AmqpPeer.PROTOCOL_HEADER)),
  GRPC(ClientLibrary::grpc, LibrarySession::grpc, startsWith("PRI * HTTP/2.0\r\n")),
  JNDI(DirectoryServer::start, LibrarySession::jndi, ClientLibrary::isBer),
  LDAP_SDK(DirectoryServer::start, LibrarySession::ldapSdk, ClientLibrary::isBer),
  IMAPS(ClientLibrary::imaps, LibrarySession::imaps, TestKeys::isClientHello),
  SMTP(hosts -> hosts.serve(MailPeer::smtp), LibrarySession::smtp, ClientLibrary::isNothing),
  MARIADB(
      hosts -> hosts.serve(MariaDbPeer::converse),
      LibrarySession::mariaDb,
      ClientLibrary::isNothing);

  private static final byte BER_SEQUENCE = 0x30;

  private final Server server;
  private final Program program;
  private final Predicate<byte[]> isFirst;

  private interface Server {
    InetSocketAddress start(SocketLab hosts) throws Exception;
  }

  private interface Program {
    String run(LibrarySession session) throws Exception;
  }

  /**
   * Names a library.
   *
   * @param isFirst says whether bytes are what a SYN of this library carries
   */
  ClientLibrary(Server server, Program program, Predicate<byte[]> isFirst) {
    this.server = server;
    this.program = program;
    this.isFirst = isFirst;
  }

  InetSocketAddress serve(SocketLab hosts) throws Exception {
    return server.start(hosts);
  }

  String run(LibrarySession session) throws Exception {
    return program.run(session);
  }

  boolean isFirst(byte[] bytes) {
    return isFirst.test(bytes);
  }

  /** Whether the client sends the first bytes of a connection. */
  boolean speaksFirst() {
    return !isFirst(new byte[0]);
  }

  private static Predicate<byte[]> startsWith(String text) {
    return bytes -> new String(bytes, US_ASCII).startsWith(text);
  }

  private static boolean isBer(byte[] bytes) {
    return bytes.length > 0 && bytes[0] == BER_SEQUENCE;
  }

  /** The server speaks first. */
  private static boolean isNothing(byte[] bytes) {
    return bytes.length == 0;
  }

  private static InetSocketAddress imaps(SocketLab hosts) throws Exception {
    HandshakeCertificates keys = TestKeys.of(hosts.lab().server().ipv4());
    return hosts.serve(socket -> MailPeer.imaps(socket, keys.sslSocketFactory()));
  }

  /** Answers each call with the same message. */
  private static InetSocketAddress grpc(SocketLab hosts) throws Exception {
    Buffer message = new Buffer().writeByte(0).writeInt(FastOpenWebServer.BODY.length());
    MockResponse response =
        new MockResponse.Builder()
            .addHeader("content-type", "application/grpc")
            .body(message.writeUtf8(FastOpenWebServer.BODY))
            .trailers(Headers.of("grpc-status", "0"))
            .build();
    FastOpenWebServer web =
        new FastOpenWebServer(hosts, response, null, Protocol.H2_PRIOR_KNOWLEDGE);
    hosts.closeLater(web::close);
    return web.address();
  }
}
