package io.tfo.integration.docs;

import com.rabbitmq.client.ConnectionFactory;
import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.socket.FastOpenSslSocketFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URL;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Hashtable;
import java.util.Properties;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.OkHttpClient;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.config.RegistryBuilder;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/**
 * The documented examples of the socket factories, as the tests run them. See {@link SnippetsTest}.
 */
public final class DropInSnippets {
  private DropInSnippets() {}

  public static FastOpenSocketFactory factory() {
    // snippet
    FastOpenSocketFactory sockets =
        FastOpenSocketFactory.system().plainFor(server -> server.getPort() == 25);
    // end
    return sockets;
  }

  public static FastOpenSocketFactory racing() {
    // snippet
    FastOpenSocketFactory sockets = FastOpenSocketFactory.system().racing();
    // end
    return sockets;
  }

  public static FastOpenSocketFactory trustingCookies() {
    // snippet
    FastOpenSocketFactory sockets = FastOpenSocketFactory.system().trustingCookies();
    // end
    return sockets;
  }

  public static FastOpenSocketFactory noDelay() {
    // snippet
    FastOpenSocketFactory sockets = FastOpenSocketFactory.system().noDelay();
    // end
    return sockets;
  }

  public static Socket tls(
      FastOpenSocketFactory sockets, SSLSocketFactory ssl, String host, int port) throws Exception {
    // snippet
    Socket tls = ssl.createSocket(sockets.createSocket(host, port), host, port, true);
    // end
    return tls;
  }

  public static SSLSocketFactory tlsFactory(FastOpenSocketFactory sockets, SSLContext context) {
    // snippet
    SSLSocketFactory tls = FastOpenSslSocketFactory.over(context.getSocketFactory(), sockets);
    // end
    return tls;
  }

  public static HttpsURLConnection urlConnection(URL url, SSLSocketFactory tls) throws Exception {
    // snippet
    HttpsURLConnection connection = (HttpsURLConnection) url.openConnection();
    connection.setSSLSocketFactory(tls);
    // end
    return connection;
  }

  public static void ldaps(Hashtable<String, String> environment) {
    // snippet
    environment.put("java.naming.ldap.factory.socket", "io.tfo.socket.FastOpenSslSocketFactory");
    // end
  }

  public static OkHttpClient okHttp(FastOpenSocketFactory sockets) {
    // snippet
    OkHttpClient client = new OkHttpClient.Builder().socketFactory(sockets).build();
    // end
    return client;
  }

  public static PoolingHttpClientConnectionManagerBuilder apacheConnections(
      FastOpenSocketFactory sockets) {
    // snippet
    PoolingHttpClientConnectionManagerBuilder connections =
        new PoolingHttpClientConnectionManagerBuilder() {
          @Override
          protected HttpClientConnectionOperator createConnectionOperator(
              SchemePortResolver ports, DnsResolver dns, TlsSocketStrategy tls) {
            return new DefaultHttpClientConnectionOperator(
                proxy -> sockets.createSocket(),
                ports,
                dns,
                RegistryBuilder.<TlsSocketStrategy>create().register("https", tls).build());
          }
        };
    // end
    return connections;
  }

  public static CloseableHttpClient apache(
      PoolingHttpClientConnectionManagerBuilder connections, TlsSocketStrategy tlsStrategy) {
    // snippet
    CloseableHttpClient client =
        HttpClients.custom()
            .setConnectionManager(connections.setTlsSocketStrategy(tlsStrategy).build())
            .build();
    // end
    return client;
  }

  public static Connection postgres(String host, int port, Properties properties) throws Exception {
    // snippet
    properties.setProperty("socketFactory", "io.tfo.socket.FastOpenSocketFactory");
    Connection connection =
        DriverManager.getConnection("jdbc:postgresql://%s:%d/".formatted(host, port), properties);
    // end
    return connection;
  }

  public static Properties mail(Properties properties, FastOpenSocketFactory sockets) {
    // snippet
    properties.put("mail.smtp.socketFactory", sockets);
    properties.setProperty("mail.smtp.socketFactory.fallback", "false");
    // end
    return properties;
  }

  public static Properties imaps(Properties properties, FastOpenSocketFactory sockets) {
    // snippet
    properties.put("mail.imaps.socketFactory", sockets);
    properties.setProperty("mail.imaps.socketFactory.fallback", "false");
    // end
    return properties;
  }

  public static Connection mariaDb(String host, int port, Properties properties) throws Exception {
    // snippet
    properties.setProperty("socketFactory", "io.tfo.socket.FastOpenSocketFactory");
    Connection connection =
        DriverManager.getConnection("jdbc:mariadb://%s:%d/".formatted(host, port), properties);
    // end
    return connection;
  }

  public static Jedis jedis(FastOpenSocketFactory sockets, String host, int port) {
    // snippet
    JedisSocketFactory redis =
        () -> {
          try {
            Socket socket = sockets.createSocket();
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(2_000);
            socket.connect(new InetSocketAddress(host, port), 2_000);
            return socket;
          } catch (IOException e) {
            throw new JedisConnectionException(e);
          }
        };
    Jedis jedis = new Jedis(redis, DefaultJedisClientConfig.builder().resp3().build());
    // end
    return jedis;
  }

  public static ConnectionFactory rabbitMq(
      ConnectionFactory rabbit, FastOpenSocketFactory sockets) {
    // snippet
    rabbit.setSocketFactory(sockets);
    // end
    return rabbit;
  }

  public static OkHttpChannelBuilder grpc(FastOpenSocketFactory sockets, String host, int port) {
    // snippet
    OkHttpChannelBuilder channel =
        OkHttpChannelBuilder.forAddress(host, port).socketFactory(sockets);
    // end
    return channel;
  }

  public static FailoverServerSet ldapSdk(
      FastOpenSocketFactory sockets, String[] hosts, int[] ports, LDAPConnectionOptions options) {
    // snippet
    FailoverServerSet servers = new FailoverServerSet(hosts, ports, sockets, options);
    // end
    return servers;
  }

  public static Hashtable<String, String> jndi(Hashtable<String, String> environment) {
    // snippet
    environment.put("java.naming.ldap.factory.socket", "io.tfo.socket.FastOpenSocketFactory");
    // end
    return environment;
  }

  public static ServerSocket server(int port) throws Exception {
    // snippet
    ServerSocket server = FastOpenServerSocketFactory.system().createServerSocket(port);
    // end
    return server;
  }
}
