package io.tfo.integration.socket;

import com.rabbitmq.client.ConnectionFactory;
import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.tfo.integration.docs.DropInSnippets;
import io.tfo.socket.FastOpenSocketFactory;
import jakarta.mail.Service;
import jakarta.mail.Session;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Hashtable;
import java.util.Properties;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.naming.Context;
import javax.naming.directory.InitialDirContext;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;

/**
 * A new connection by a library, one exchange and an orderly end; each returns what the server
 * said.
 *
 * @param sockets the factory that the snippets of docs/sockets.md are given; null for plain sockets
 */
record LibrarySession(
    SocketLab hosts, InetSocketAddress server, @Nullable FastOpenSocketFactory sockets) {
  private static final String TIMEOUT_MILLIS = "20000";

  String host() {
    return server.getAddress().getHostAddress();
  }

  int port() {
    return server.getPort();
  }

  String jedis() {
    try (Jedis jedis =
        sockets == null
            ? new Jedis(host(), port(), DefaultJedisClientConfig.builder().resp3().build())
            : DropInSnippets.jedis(sockets, host(), port())) {
      return jedis.ping();
    }
  }

  String rabbitMq() throws Exception {
    ConnectionFactory rabbit = new ConnectionFactory();
    rabbit.setHost(host());
    rabbit.setPort(port());
    if (sockets != null) {
      DropInSnippets.rabbitMq(rabbit, sockets);
    }
    try (com.rabbitmq.client.Connection connection = rabbit.newConnection()) {
      return Integer.toString(connection.getChannelMax());
    }
  }

  /** A unary call, on threads of the client's host. */
  String grpc() {
    ExecutorService threads = Executors.newCachedThreadPool(hosts.lab().client().threads());
    OkHttpChannelBuilder builder =
        sockets == null
            ? OkHttpChannelBuilder.forAddress(host(), port())
            : DropInSnippets.grpc(sockets, host(), port());
    ManagedChannel channel =
        builder.usePlaintext().executor(threads).transportExecutor(threads).build();
    try {
      MethodDescriptor<String, String> method =
          MethodDescriptor.newBuilder(Text.INSTANCE, Text.INSTANCE)
              .setType(MethodDescriptor.MethodType.UNARY)
              .setFullMethodName("test/Greet")
              .build();
      return ClientCalls.blockingUnaryCall(channel, method, CallOptions.DEFAULT, "");
    } finally {
      channel.shutdownNow();
      threads.shutdown();
    }
  }

  private enum Text implements MethodDescriptor.Marshaller<String> {
    INSTANCE;

    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  String mariaDb() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("user", "test");
    properties.setProperty("sslMode", "disable");
    properties.setProperty("connectTimeout", TIMEOUT_MILLIS);
    try (Connection connection =
            sockets == null
                ? DriverManager.getConnection(
                    "jdbc:mariadb://%s:%d/".formatted(host(), port()), properties)
                : DropInSnippets.mariaDb(host(), port(), properties);
        Statement statement = connection.createStatement();
        ResultSet answer = statement.executeQuery("select 6 * 7")) {
      answer.next();
      return answer.getString(1);
    }
  }

  String smtp() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("mail.smtp.connectiontimeout", TIMEOUT_MILLIS);
    properties.setProperty("mail.smtp.timeout", TIMEOUT_MILLIS);
    Session session =
        Session.getInstance(
            sockets == null ? properties : DropInSnippets.mail(properties, sockets));
    return connect(session.getTransport("smtp"), null);
  }

  String imaps() throws Exception {
    Properties properties = new Properties();
    properties.setProperty("mail.imaps.connectiontimeout", TIMEOUT_MILLIS);
    properties.setProperty("mail.imaps.timeout", TIMEOUT_MILLIS);
    properties.setProperty("mail.imaps.ssl.trust", "*");
    properties.setProperty("mail.imaps.ssl.checkserveridentity", "false");
    Session session =
        Session.getInstance(
            sockets == null ? properties : DropInSnippets.imaps(properties, sockets));
    return connect(session.getStore("imaps"), "test");
  }

  private String connect(Service service, @Nullable String user) throws Exception {
    try (service) {
      service.connect(host(), port(), user, user);
      return "connected: " + service.isConnected();
    }
  }

  String jndi() throws Exception {
    return jndi(new Hashtable<>());
  }

  String jndi(Hashtable<String, String> environment) throws Exception {
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
    environment.put(Context.PROVIDER_URL, "ldap://%s:%d".formatted(host(), port()));
    if (sockets != null) {
      DropInSnippets.jndi(environment);
      if (FactoryOfThread.isThere()) {
        environment.put("java.naming.ldap.factory.socket", FactoryOfThread.class.getName());
      }
    }
    new InitialDirContext(environment).close();
    return "bound";
  }

  String ldapSdk() throws Exception {
    String[] names = {host()};
    int[] ports = {port()};
    LDAPConnectionOptions options = new LDAPConnectionOptions();
    FailoverServerSet servers =
        sockets == null
            ? new FailoverServerSet(names, ports, options)
            : DropInSnippets.ldapSdk(sockets, names, ports, options);
    try (LDAPConnection connection = servers.getConnection()) {
      return connection.getRootDSE().getVendorName();
    }
  }
}
