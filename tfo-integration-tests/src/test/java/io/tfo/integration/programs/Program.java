package io.tfo.integration.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tfo.integration.nio.JdkWebServer;
import io.tfo.integration.socket.RedisPeer;
import io.tfo.integration.socket.SocketLab;
import io.tfo.integration.socket.TestKeys;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Predicate;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * A program over NIO or asynchronous channels that knows nothing of TCP Fast Open, with a server
 * for it.
 */
enum Program {
  HTTP_CLIENT(Program::web, ProgramRun::httpClient, startsWith("GET / HTTP"), false),
  HTTP_CLIENT_OVER_TLS(
      Program::webOverTls, ProgramRun::httpClientOverTls, TestKeys::isClientHello, false),
  NETTY(Program::web, ProgramRun::netty, startsWith("GET / HTTP"), false),
  JETTY(Program::web, ProgramRun::jetty, startsWith("GET / HTTP"), true),
  HTTP_ASYNC_CLIENT(Program::web, ProgramRun::httpAsyncClient, startsWith("GET / HTTP"), true),
  VERTX(Program::web, ProgramRun::vertx, startsWith("GET / HTTP"), false),
  DNS_JAVA(talking(DnsPeer::converse), ProgramRun::dnsJava, Program::isDns, true),
  MONGO(talking(MongoPeer::converse), ProgramRun::mongo, Program::isMongo, true),
  MONGO_OVER_TLS(Program::mongo, ProgramRun::mongoOverTls, TestKeys::isClientHello, true),
  ELASTICSEARCH(Program::web, ProgramRun::elasticsearch, startsWith("GET / HTTP"), true),
  KAFKA(talking(KafkaPeer::converse), ProgramRun::kafka, Program::isKafka, true),
  ZOOKEEPER(
      (hosts, port, tls) -> ZooKeeperHost.start(hosts, port),
      ProgramRun::zooKeeper,
      Program::isInt32Framed,
      true),
  LETTUCE(talking(RedisPeer::converse), ProgramRun::lettuce, startsWith("*"), false),
  GRPC(
      (hosts, port, tls) -> GrpcGreeting.start(hosts, port),
      ProgramRun::grpc,
      startsWith("PRI * HTTP/2.0\r\n"),
      false),
  SSHD(
      (hosts, port, tls) -> SshPeer.start(hosts, port),
      ProgramRun::sshd,
      startsWith("SSH-2.0-"),
      false);

  private static final int DNS_HEADER = 12;
  private static final int API_VERSIONS = 18;

  private final Server server;
  private final Client client;
  private final Predicate<byte[]> isFirst;
  private final boolean triesEachAddress;

  private interface Server {
    InetSocketAddress start(SocketLab hosts, int port, SSLContext tls) throws Exception;
  }

  private interface Client {
    String run(ProgramRun run) throws Exception;
  }

  /**
   * Names a program.
   *
   * @param isFirst says whether bytes are the first that the program sends
   * @param triesEachAddress whether it tries one address of its server after the other
   */
  Program(Server server, Client client, Predicate<byte[]> isFirst, boolean triesEachAddress) {
    this.server = server;
    this.client = client;
    this.isFirst = isFirst;
    this.triesEachAddress = triesEachAddress;
  }

  /** Starts the server on the server's host, until the lab is closed. */
  InetSocketAddress serve(SocketLab hosts, int port, SSLContext tls) throws Exception {
    return server.start(hosts, port, tls);
  }

  String run(ProgramRun run) throws Exception {
    return client.run(run);
  }

  boolean isFirst(byte[] bytes) {
    return isFirst.test(bytes);
  }

  /**
   * Whether its server speaks first, too: where the program is late once, it is connected plainly
   * for a while.
   */
  boolean isGreeted() {
    return this == SSHD;
  }

  boolean triesEachAddress() {
    return triesEachAddress;
  }

  private static InetSocketAddress web(SocketLab hosts, int port, SSLContext tls) throws Exception {
    return jdkWeb(hosts, port, null);
  }

  private static InetSocketAddress webOverTls(SocketLab hosts, int port, SSLContext tls)
      throws Exception {
    return jdkWeb(hosts, port, tls);
  }

  private static InetSocketAddress jdkWeb(SocketLab hosts, int port, @Nullable SSLContext tls)
      throws Exception {
    JdkWebServer web = JdkWebServer.open(hosts.lab(), port, tls);
    hosts.closeLater(web::close);
    return web.address();
  }

  private static Server talking(SocketLab.Conversation conversation) {
    return (hosts, port, tls) -> talk(hosts, port, conversation);
  }

  private static InetSocketAddress talk(
      SocketLab hosts, int port, SocketLab.Conversation conversation) throws Exception {
    InetSocketAddress address = new InetSocketAddress(hosts.lab().server().ipv4(), port);
    ServerSocket socket = hosts.listen(port);
    hosts.serve(socket, conversation);
    return address;
  }

  private static InetSocketAddress mongo(SocketLab hosts, int port, SSLContext tls)
      throws Exception {
    return talk(
        hosts,
        port,
        socket -> MongoPeer.converse(TestKeys.serverSide(tls.getSocketFactory(), socket)));
  }

  private static Predicate<byte[]> startsWith(String text) {
    return bytes -> new String(bytes, US_ASCII).startsWith(text);
  }

  /** A query in two bytes of length (RFC 7766, 8). */
  private static boolean isDns(byte[] bytes) {
    return bytes.length > DNS_HEADER && ByteBuffer.wrap(bytes).getShort() == bytes.length - 2;
  }

  private static boolean isInt32Framed(byte[] bytes) {
    return bytes.length > 8 && ByteBuffer.wrap(bytes).getInt() == bytes.length - Integer.BYTES;
  }

  private static boolean isMongo(byte[] bytes) {
    return bytes.length > 16
        && ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt() == bytes.length;
  }

  private static boolean isKafka(byte[] bytes) {
    return isInt32Framed(bytes) && ByteBuffer.wrap(bytes).getShort(Integer.BYTES) == API_VERSIONS;
  }
}
