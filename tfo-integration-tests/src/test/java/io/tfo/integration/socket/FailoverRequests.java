package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.unboundid.ldap.sdk.FailoverServerSet;
import com.unboundid.ldap.sdk.LDAPConnection;
import com.unboundid.ldap.sdk.LDAPConnectionOptions;
import com.unboundid.ldap.sdk.RootDSE;
import io.tfo.integration.docs.DropInSnippets;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URL;
import java.time.Duration;
import java.util.Hashtable;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.naming.Context;
import javax.naming.directory.InitialDirContext;
import javax.net.SocketFactory;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.MediaType;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.BufferedSink;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.HostnameVerificationPolicy;
import org.apache.hc.client5.http.ssl.NoopHostnameVerifier;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a server with two addresses, each on a new connection.
 *
 * @param sockets the factory that the snippets of docs/sockets.md are given; null for plain sockets
 */
record FailoverRequests(
    SocketLab hosts,
    FailoverServer server,
    Duration connectTimeout,
    @Nullable FastOpenSocketFactory sockets) {
  /** A body that can be written once only. */
  private static final RequestBody ONE_SHOT =
      new RequestBody() {
        @Override
        public @Nullable MediaType contentType() {
          return null;
        }

        @Override
        public boolean isOneShot() {
          return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
          sink.writeUtf8("one");
        }
      };

  Callable<String> okHttp() {
    return okHttp(client -> client, null);
  }

  Callable<String> okHttpWithOneShotBody() {
    return okHttp(client -> client, ONE_SHOT);
  }

  Callable<String> okHttpWithoutRetry() {
    return okHttp(client -> client.retryOnConnectionFailure(false), null);
  }

  /** It connects on threads of its own, which are on no host of the lab. */
  Callable<String> okHttpWithFastFallback() {
    SocketFactory factory = sockets == null ? SocketFactory.getDefault() : sockets;
    return okHttp(
        client -> client.fastFallback(true).socketFactory(new OpenedOnClient(hosts, factory)),
        null);
  }

  private Callable<String> okHttp(
      UnaryOperator<OkHttpClient.Builder> change, @Nullable RequestBody body) {
    OkHttpClient any = sockets == null ? new OkHttpClient() : DropInSnippets.okHttp(sockets);
    OkHttpClient.Builder builder =
        any.newBuilder()
            .dns(host -> server.addresses())
            .connectTimeout(connectTimeout)
            .fastFallback(false);
    if (server.keys() != null) {
      builder
          .sslSocketFactory(server.keys().sslSocketFactory(), server.keys().trustManager())
          .hostnameVerifier((host, session) -> true);
    }
    OkHttpClient client = change.apply(builder).build();
    Request request =
        new Request.Builder().url(server.url()).method(body == null ? "GET" : "POST", body).build();
    return () -> {
      try (Response response = client.newCall(request).execute()) {
        return response.body().string();
      } finally {
        client.connectionPool().evictAll();
      }
    };
  }

  Callable<String> apache() {
    DefaultClientTlsStrategy tls =
        server.keys() == null
            ? null
            : new DefaultClientTlsStrategy(
                server.keys().sslContext(),
                HostnameVerificationPolicy.CLIENT,
                NoopHostnameVerifier.INSTANCE);
    PoolingHttpClientConnectionManagerBuilder connections =
        (sockets == null
                ? PoolingHttpClientConnectionManagerBuilder.create()
                : DropInSnippets.apacheConnections(sockets))
            .setTlsSocketStrategy(tls)
            .setDnsResolver(new BothAddresses(server.addresses()))
            .setDefaultConnectionConfig(
                ConnectionConfig.custom()
                    .setConnectTimeout(connectTimeout.toMillis(), TimeUnit.MILLISECONDS)
                    .build());
    return () -> {
      try (CloseableHttpClient client =
          HttpClients.custom().setConnectionManager(connections.build()).build()) {
        return client.execute(
            new HttpGet(server.url()), response -> EntityUtils.toString(response.getEntity()));
      }
    };
  }

  private record BothAddresses(List<InetAddress> addresses) implements DnsResolver {
    @Override
    public InetAddress[] resolve(String host) {
      return addresses.toArray(InetAddress[]::new);
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  /** The JDK tries the first address of a host only, so the program has a URL for each address. */
  Callable<String> urlConnection() {
    SSLContext context = Objects.requireNonNull(server.keys()).sslContext();
    SSLSocketFactory tls =
        sockets == null ? context.getSocketFactory() : DropInSnippets.tlsFactory(sockets, context);
    return () -> {
      HttpsURLConnection connection;
      try {
        connection = connect(server.first(), tls);
      } catch (IOException e) {
        connection = connect(server.second(), tls);
      }
      try (InputStream body = connection.getInputStream()) {
        return new String(body.readAllBytes(), US_ASCII);
      } finally {
        connection.disconnect();
      }
    };
  }

  /** Connects, which includes the TLS handshake. */
  private HttpsURLConnection connect(InetAddress address, SSLSocketFactory tls) throws Exception {
    URL url = new URL("https", address.getHostAddress(), server.port(), "/");
    HttpsURLConnection connection = DropInSnippets.urlConnection(url, tls);
    connection.setConnectTimeout((int) connectTimeout.toMillis());
    connection.connect();
    return connection;
  }

  /** The LDAP SDK of UnboundID. */
  Callable<String> ldapSdk() {
    LDAPConnectionOptions options = new LDAPConnectionOptions();
    options.setConnectTimeoutMillis((int) connectTimeout.toMillis());
    String[] hosts =
        server.addresses().stream().map(InetAddress::getHostAddress).toArray(String[]::new);
    int[] ports = {server.port(), server.port()};
    FailoverServerSet servers =
        sockets == null
            ? new FailoverServerSet(hosts, ports, options)
            : DropInSnippets.ldapSdk(sockets, hosts, ports, options);
    return () -> {
      try (LDAPConnection connection = servers.getConnection()) {
        RootDSE root = connection.getRootDSE();
        return root.getVendorName();
      }
    };
  }

  /** The JDK's LDAP client. */
  Callable<String> jndi() {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
    environment.put(
        Context.PROVIDER_URL,
        "ldap://[%s]:%d ldap://%s:%2$d"
            .formatted(
                server.first().getHostAddress(), server.port(), server.second().getHostAddress()));
    environment.put("com.sun.jndi.ldap.connect.timeout", Long.toString(connectTimeout.toMillis()));
    if (sockets != null) {
      DropInSnippets.jndi(environment);
      if (FactoryOfThread.isThere()) {
        environment.put("java.naming.ldap.factory.socket", FactoryOfThread.class.getName());
      }
    }
    return () -> {
      new InitialDirContext(environment).close();
      return "bound";
    };
  }

  /** Opens the descriptors of another factory's sockets on the client's host. */
  private static final class OpenedOnClient extends SocketFactory {
    private final SocketLab hosts;
    private final SocketFactory factory;

    OpenedOnClient(SocketLab hosts, SocketFactory factory) {
      this.hosts = hosts;
      this.factory = factory;
    }

    @Override
    public Socket createSocket() throws IOException {
      try {
        return hosts.onClient(
            () -> {
              Socket socket = factory.createSocket();
              socket.setKeepAlive(false); // the JDK opens the descriptor for it
              return socket;
            });
      } catch (IOException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) {
      throw new UnsupportedOperationException();
    }
  }
}
