package io.tfo.integration.socket;

import static io.tfo.integration.socket.DeadAddress.REFUSED;
import static io.tfo.integration.socket.DeadAddress.SILENT;

import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** A client that tries the addresses of its server in turn. */
enum FailoverClient {
  OKHTTP(Server.WEB, FailoverRequests::okHttp, SILENT),
  OKHTTP_TLS(Server.WEB_TLS, FailoverRequests::okHttp),
  OKHTTP_ONE_SHOT_BODY(Server.WEB, FailoverRequests::okHttpWithOneShotBody, REFUSED, SILENT),
  OKHTTP_WITHOUT_RETRY(Server.WEB, FailoverRequests::okHttpWithoutRetry, REFUSED, SILENT),
  OKHTTP_FAST_FALLBACK(Server.WEB, FailoverRequests::okHttpWithFastFallback, SILENT),
  APACHE(Server.WEB, FailoverRequests::apache, REFUSED, SILENT),
  APACHE_TLS(Server.WEB_TLS, FailoverRequests::apache),
  LDAP_SDK(Server.LDAP, FailoverRequests::ldapSdk, REFUSED, SILENT),
  JNDI(Server.LDAP, FailoverRequests::jndi);

  private enum Server {
    WEB,
    WEB_TLS,
    LDAP
  }

  private final Server server;
  private final Function<FailoverRequests, Callable<String>> request;
  private final Set<DeadAddress> losing;

  /**
   * Names a client.
   *
   * @param losing how an address that was alive has to die for one request to fail
   */
  FailoverClient(
      Server server, Function<FailoverRequests, Callable<String>> request, DeadAddress... losing) {
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
}
