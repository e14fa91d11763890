package io.tfo.integration.socket;

import static io.tfo.integration.socket.DeadAddress.REFUSED;
import static io.tfo.integration.socket.DeadAddress.SILENT;

import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** A client that tries the addresses of its server in turn. */
enum FailoverClient {
  OKHTTP("OkHttp, HTTP", Server.WEB, FailoverRequests::okHttp, SILENT),
  OKHTTP_TLS("OkHttp, HTTPS", Server.WEB_TLS, FailoverRequests::okHttp),
  OKHTTP_ONE_SHOT_BODY(
      "OkHttp, HTTP, a one-shot body",
      Server.WEB,
      FailoverRequests::okHttpWithOneShotBody,
      REFUSED,
      SILENT),
  OKHTTP_WITHOUT_RETRY(
      "OkHttp, HTTP, no retry", Server.WEB, FailoverRequests::okHttpWithoutRetry, REFUSED, SILENT),
  OKHTTP_FAST_FALLBACK(
      "OkHttp, HTTP, fast fallback", Server.WEB, FailoverRequests::okHttpWithFastFallback, SILENT),
  APACHE("Apache HttpClient, HTTP", Server.WEB, FailoverRequests::apache, REFUSED, SILENT),
  APACHE_TLS("Apache HttpClient, HTTPS", Server.WEB_TLS, FailoverRequests::apache),
  URL_CONNECTION("`HttpsURLConnection`, two URLs", Server.WEB_TLS, FailoverRequests::urlConnection),
  LDAP_SDK("UnboundID LDAP SDK", Server.LDAP, FailoverRequests::ldapSdk, REFUSED, SILENT),
  JNDI("JNDI LDAP", Server.LDAP, FailoverRequests::jndi);

  private enum Server {
    WEB,
    WEB_TLS,
    LDAP
  }

  private final String label;
  private final Server server;
  private final Function<FailoverRequests, Callable<String>> request;
  private final Set<DeadAddress> losing;

  /**
   * Names a client.
   *
   * @param losing how an address that was alive has to die for one request to fail
   */
  FailoverClient(
      String label,
      Server server,
      Function<FailoverRequests, Callable<String>> request,
      DeadAddress... losing) {
    this.label = label;
    this.server = server;
    this.request = request;
    this.losing = Set.of(losing);
  }

  FailoverServer serve(SocketLab hosts) throws Exception {
    return server == Server.LDAP
        ? FailoverServer.ldap(hosts)
        : FailoverServer.web(hosts, server == Server.WEB_TLS);
  }

  Callable<String> request(FailoverRequests requests) {
    return request.apply(requests);
  }

  boolean losesARequest(DeadAddress death) {
    return losing.contains(death);
  }

  @Override
  public String toString() {
    return label;
  }
}
