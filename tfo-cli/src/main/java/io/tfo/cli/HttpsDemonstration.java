package io.tfo.cli;

import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/**
 * The median time of an HTTPS call of OkHttp, from its start to the response headers. Client and
 * server have {@code TCP_NODELAY} set: JSSE writes each record of a flight separately, and without
 * the option a record waits for the acknowledgement of the previous one.
 *
 * <p>OkHttp is optional: if it is missing, the calls of this class throw {@link
 * NoClassDefFoundError}.
 *
 * @param plain the time with ordinary sockets
 * @param fast the time with sockets of {@link FastOpenSocketFactory}
 * @param handshake the segments of the last call with these sockets
 */
record HttpsDemonstration(Duration plain, Duration fast, FirstSegments handshake) {
  private static final int BACKLOG = 50;
  private static final byte[] RESPONSE =
      "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /**
   * Makes calls of both kinds, in turns; the first of each kind is not counted.
   *
   * @param count the number of calls of each kind that are counted
   * @throws NoClassDefFoundError if OkHttp is missing
   * @throws GeneralSecurityException if this Java runtime lacks what TLS needs
   */
  static HttpsDemonstration run(DemoEnvironment environment, int count) throws Exception {
    HeldCertificate key =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName(environment.server().getHostAddress())
            .build();
    HandshakeCertificates keys =
        new HandshakeCertificates.Builder()
            .heldCertificate(key)
            .addTrustedCertificate(key.certificate())
            .build();
    try (ServerSocket listening =
        environment.onServer(
            () ->
                FastOpenServerSocketFactory.system()
                    .createServerSocket(0, BACKLOG, environment.server()))) {
      SSLSocketFactory tls = keys.sslSocketFactory();
      environment.serverThreads().newThread(() -> serve(listening, tls)).start();
      Request request =
          new Request.Builder()
              .url(
                  "https://%s:%d/"
                      .formatted(environment.server().getHostAddress(), listening.getLocalPort()))
              .build();
      OkHttpClient plainClient = client(new NoDelaySockets(), keys);
      OkHttpClient fastClient = client(FastOpenSocketFactory.system().noDelay(), keys);
      List<Duration> plain = new ArrayList<>();
      List<Duration> fast = new ArrayList<>();
      for (int i = 0; i <= count; i++) {
        plain.add(environment.onClient(() -> call(plainClient, request)));
        environment.discardSegments();
        fast.add(environment.onClient(() -> call(fastClient, request)));
      }
      return new HttpsDemonstration(
          median(plain), median(fast), FirstSegments.of(environment.segments()));
    }
  }

  private static OkHttpClient client(SocketFactory sockets, HandshakeCertificates keys) {
    return new OkHttpClient.Builder()
        .socketFactory(sockets)
        .sslSocketFactory(keys.sslSocketFactory(), keys.trustManager())
        .protocols(List.of(Protocol.HTTP_1_1))
        .fastFallback(false) // it would connect on threads that are in neither network
        .build();
  }

  private static Duration call(OkHttpClient client, Request request) throws IOException {
    long start = System.nanoTime();
    try (Response response = client.newCall(request).execute()) {
      long answered = System.nanoTime();
      if (!response.isSuccessful()) {
        throw new IOException("the server answered " + response);
      }
      return Duration.ofNanos(answered - start);
    }
  }

  /** The median of all but the first call, which had no cookie. */
  private static Duration median(List<Duration> times) {
    List<Duration> sorted = times.stream().skip(1).sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static void serve(ServerSocket listening, SSLSocketFactory tls) {
    while (!listening.isClosed()) {
      try (Socket accepted = listening.accept();
          SSLSocket socket = (SSLSocket) tls.createSocket(accepted, null, 0, true)) {
        accepted.setTcpNoDelay(true);
        socket.setUseClientMode(false);
        answer(socket);
      } catch (IOException e) {
        // The listener was closed, or the client reports the failure.
      }
    }
  }

  private static void answer(Socket socket) throws IOException {
    BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
    String line = lines.readLine();
    while (line != null && !line.isEmpty()) {
      line = lines.readLine();
    }
    socket.getOutputStream().write(RESPONSE);
  }
}
