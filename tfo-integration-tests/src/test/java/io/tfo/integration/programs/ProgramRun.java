package io.tfo.integration.programs;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;

import com.mongodb.MongoClientSettings;
import com.mongodb.ServerAddress;
import com.mongodb.connection.TransportSettings;
import com.mongodb.reactivestreams.client.MongoClient;
import com.mongodb.reactivestreams.client.MongoClients;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.util.Timeout;
import org.apache.http.HttpHost;
import org.apache.http.util.EntityUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.bson.Document;
import org.elasticsearch.client.Request;
import org.elasticsearch.client.RestClient;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.NioClient;
import org.xbill.DNS.Record;
import org.xbill.DNS.Resolver;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.Type;
import reactor.core.publisher.Mono;

/**
 * A new client and one exchange by each program; each returns what the server said.
 *
 * @param servers the addresses of the server; the program that can tries one after the other
 * @param patience how long a program waits, if that can be set
 */
record ProgramRun(List<InetSocketAddress> servers, SSLContext tls, Duration patience) {
  static final String NAME = "two.test";

  /**
   * The attempts of a program that tries addresses at random. It may choose the dead one many
   * times.
   */
  private static final int MOST_ATTEMPTS = 10;

  /** The address that the DNS server answers. */
  static final String ADDRESS = "192.0.2.1";

  private InetSocketAddress only() {
    return servers.get(servers.size() - 1);
  }

  private String host() {
    return only().getAddress().getHostAddress();
  }

  private int port() {
    return only().getPort();
  }

  private URI uri(String scheme, String host) {
    return URI.create("%s://%s:%d/".formatted(scheme, host, port()));
  }

  private int millis() {
    return Math.toIntExact(patience.toMillis());
  }

  /** Host and port of each server, as configurations have them. */
  private String list() {
    return servers.stream()
        .map(each -> text(each.getAddress()) + ":" + each.getPort())
        .collect(Collectors.joining(","));
  }

  private static String text(InetAddress address) {
    String text = address.getHostAddress();
    return text.contains(":") ? "[" + text + "]" : text;
  }

  String httpClient() throws Exception {
    return httpClient("http");
  }

  String httpClientOverTls() throws Exception {
    return httpClient("https");
  }

  private String httpClient(String scheme) throws Exception {
    HttpClient client = HttpClient.newBuilder().sslContext(tls).build();
    HttpRequest request = HttpRequest.newBuilder(uri(scheme, host())).timeout(patience).build();
    return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  String netty() throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try {
      NettyAnswer answer = new NettyAnswer();
      new Bootstrap()
          .group(loops)
          .channel(NioSocketChannel.class)
          .handler(answer)
          .connect(only())
          .sync()
          .channel()
          .writeAndFlush(
              Unpooled.copiedBuffer(
                  "GET / HTTP/1.1\r\nHost: lab\r\n\r\n", StandardCharsets.US_ASCII));
      return answer.body(patience);
    } finally {
      loops.shutdownGracefully(0, 1, SECONDS).await();
    }
  }

  String jetty() throws Exception {
    var client = new org.eclipse.jetty.client.HttpClient();
    client.setSocketAddressResolver((host, port, promise) -> promise.succeeded(servers));
    client.setConnectTimeout(patience.toMillis());
    client.start();
    try {
      return client
          .newRequest(uri("http", NAME))
          .timeout(2 * patience.toMillis(), MILLISECONDS)
          .send()
          .getContentAsString();
    } finally {
      client.stop();
    }
  }

  String httpAsyncClient() throws Exception {
    DnsResolver addresses =
        new DnsResolver() {
          @Override
          public InetAddress[] resolve(String host) {
            return servers.stream().map(InetSocketAddress::getAddress).toArray(InetAddress[]::new);
          }

          @Override
          public String resolveCanonicalHostname(String host) {
            return host;
          }
        };
    try (CloseableHttpAsyncClient client =
        HttpAsyncClients.custom()
            .setConnectionManager(
                PoolingAsyncClientConnectionManagerBuilder.create()
                    .setDnsResolver(addresses)
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(Timeout.of(patience))
                            .setSocketTimeout(Timeout.of(patience))
                            .build())
                    .build())
            .disableAutomaticRetries()
            .build()) {
      client.start();
      return client
          .execute(SimpleRequestBuilder.get(uri("http", NAME)).build(), null)
          .get(servers.size() * 4L * millis(), MILLISECONDS) // it looks once a second
          .getBodyText();
    }
  }

  String vertx() throws Exception {
    Vertx vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(1)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    io.vertx.core.http.HttpClient client = vertx.createHttpClient();
    try {
      return client
          .request(HttpMethod.GET, port(), host(), "/")
          .compose(HttpClientRequest::send)
          .compose(HttpClientResponse::body)
          .toCompletionStage()
          .toCompletableFuture()
          .get(patience.toMillis(), MILLISECONDS)
          .toString();
    } finally {
      client.close(); // an unreferenced client would close itself
      vertx.close().await();
    }
  }

  String dnsJava() throws Exception {
    ExtendedResolver resolver =
        new ExtendedResolver(
            servers.stream()
                .map(SimpleResolver::new)
                .peek(each -> each.setTCP(true))
                .toArray(Resolver[]::new));
    resolver.setTimeout(patience.multipliedBy(2));
    resolver.setRetries(1);
    for (Resolver each : resolver.getResolvers()) {
      each.setTimeout(patience);
    }
    Record question = Record.newRecord(Name.fromString(NAME + "."), Type.A, DClass.IN);
    try {
      return resolver
          .send(Message.newQuery(question))
          .getSection(Section.ANSWER)
          .get(0)
          .rdataToString();
    } finally {
      NioClient.close(); // it keeps connections
    }
  }

  String mongoOverTls() {
    return mongo(
        MongoClientSettings.builder()
            .applyToSslSettings(
                ssl -> ssl.enabled(true).context(tls).invalidHostNameAllowed(true)));
  }

  /** Over asynchronous channels, of a group whose threads are on this host. */
  String mongo() {
    ExecutorService threads = Executors.newCachedThreadPool();
    try {
      return mongo(
          MongoClientSettings.builder()
              .transportSettings(
                  TransportSettings.asyncBuilder().executorService(threads).build()));
    } finally {
      threads.shutdownNow();
    }
  }

  private String mongo(MongoClientSettings.Builder builder) {
    MongoClientSettings settings =
        builder
            .applyToClusterSettings(
                cluster ->
                    cluster
                        .hosts(servers.stream().map(ServerAddress::new).toList())
                        .serverSelectionTimeout(patience.toMillis(), MILLISECONDS))
            .applyToSocketSettings(
                socket ->
                    socket
                        .connectTimeout(millis(), MILLISECONDS)
                        .readTimeout(millis(), MILLISECONDS))
            .build();
    try (MongoClient client = MongoClients.create(settings)) {
      Document answer =
          Mono.from(client.getDatabase("admin").runCommand(new Document("ping", 1)))
              .block(patience.multipliedBy(2));
      return String.valueOf(answer == null ? null : answer.get("ok"));
    }
  }

  String sshd() throws Exception {
    try (SshClient client = SshClient.setUpDefaultClient()) {
      client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
      client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
      client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
      client.start();
      try (ClientSession session =
          client.connect("user", host(), port()).verify(patience).getSession()) {
        session.addPasswordIdentity("password");
        session.auth().verify(patience.multipliedBy(2));
        return session.executeRemoteCommand(NAME);
      }
    }
  }

  String elasticsearch() throws Exception {
    HttpHost[] nodes =
        servers.stream()
            .map(each -> new HttpHost(each.getAddress(), each.getPort(), "http"))
            .toArray(HttpHost[]::new);
    try (RestClient client =
        RestClient.builder(nodes)
            .setRequestConfigCallback(
                config -> config.setConnectTimeout(millis()).setSocketTimeout(millis()))
            .build()) {
      return EntityUtils.toString(client.performRequest(new Request("GET", "/")).getEntity());
    }
  }

  String kafka() throws Exception {
    Map<String, Object> settings =
        Map.of(
            AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, list(),
            AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis(),
            AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, MOST_ATTEMPTS * millis(),
            AdminClientConfig.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, patience.toMillis(),
            AdminClientConfig.ENABLE_METRICS_PUSH_CONFIG, false);
    Admin admin = Admin.create(settings);
    try {
      return admin.describeCluster().clusterId().get((long) MOST_ATTEMPTS * millis(), MILLISECONDS);
    } finally {
      admin.close(Duration.ZERO);
    }
  }

  String zooKeeper() throws Exception {
    CountDownLatch connected = new CountDownLatch(1);
    ZooKeeper client =
        new ZooKeeper(
            list(),
            servers.size() * millis(),
            event -> {
              if (event.getState() == KeeperState.SyncConnected) {
                connected.countDown();
              }
            });
    try {
      if (!connected.await((long) MOST_ATTEMPTS * millis(), MILLISECONDS)) {
        throw new TimeoutException();
      }
      return client.getChildren("/", false).toString();
    } finally {
      client.close(millis());
    }
  }

  String lettuce() {
    RedisClient client =
        RedisClient.create(
            RedisURI.builder().withHost(host()).withPort(port()).withTimeout(patience).build());
    client.setOptions(
        ClientOptions.builder()
            .autoReconnect(false)
            .socketOptions(SocketOptions.builder().connectTimeout(patience).build())
            .build());
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      return connection.sync().ping();
    } finally {
      client.shutdown(Duration.ZERO, Duration.ofSeconds(2));
    }
  }

  String grpc() throws Exception {
    EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(only())
            .channelType(NioSocketChannel.class)
            .eventLoopGroup(loops)
            .usePlaintext()
            .build();
    try {
      return ClientCalls.blockingUnaryCall(
          channel,
          GrpcGreeting.METHOD,
          CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), MILLISECONDS),
          NAME);
    } finally {
      channel.shutdownNow();
      channel.awaitTermination(10, SECONDS); // the loop may else end without closing it
      loops.shutdownGracefully(0, 1, SECONDS).await();
    }
  }
}
