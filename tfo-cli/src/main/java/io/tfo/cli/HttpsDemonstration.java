package io.tfo.cli;

import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 * What a call of OkHttp by HTTPS takes, from its start to the head of the response: the median.
 *
 * <p>Users of the suite need no OkHttp: where it is missing, this class does not load.
 *
 * @param plain with ordinary sockets
 * @param fast with those of {@link FastOpenSocketFactory}, from the second on
 * @param seen the segments of the last of those
 */
record HttpsDemonstration(Duration plain, Duration fast, Handshake seen) {
  private static final int BACKLOG = 50;
  private static final byte[] RESPONSE =
      "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /** Makes some calls, after the two whose figures do not count; empty if OkHttp is missing. */
  static Optional<HttpsDemonstration> run(DemoEnvironment stage, int count) throws Exception {
    try {
      return Optional.of(calls(stage, count));
    } catch (NoClassDefFoundError e) {
      return Optional.empty();
    }
  }

  private static HttpsDemonstration calls(DemoEnvironment stage, int count) throws Exception {
    HeldCertificate key =
        new HeldCertificate.Builder()
            .addSubjectAlternativeName(stage.server().getHostAddress())
            .build();
    HandshakeCertificates keys =
        new HandshakeCertificates.Builder()
            .heldCertificate(key)
            .addTrustedCertificate(key.certificate())
            .build();
    try (ServerSocket listening =
        stage.onServer(
            () ->
                FastOpenServerSocketFactory.system()
                    .createServerSocket(0, BACKLOG, stage.server()))) {
      SSLSocketFactory tls = keys.sslSocketFactory();
      stage.serverThreads().newThread(() -> serve(listening, tls)).start();
      Request request =
          new Request.Builder()
              .url(
                  "https://%s:%d/"
                      .formatted(stage.server().getHostAddress(), listening.getLocalPort()))
              .build();
      OkHttpClient plainly = client(SocketFactory.getDefault(), keys);
      OkHttpClient fastly = client(FastOpenSocketFactory.system(), keys);
      List<Duration> plain = new ArrayList<>();
      List<Duration> fast = new ArrayList<>();
      for (int i = 0; i <= count; i++) {
        plain.add(stage.onClient(() -> call(plainly, request)));
        stage.forget();
        fast.add(stage.onClient(() -> call(fastly, request)));
      }
      return new HttpsDemonstration(median(plain), median(fast), Handshake.of(stage.segments()));
    }
  }

  private static OkHttpClient client(SocketFactory sockets, HandshakeCertificates keys) {
    return new OkHttpClient.Builder()
        .socketFactory(sockets)
        .sslSocketFactory(keys.sslSocketFactory(), keys.trustManager())
        .protocols(List.of(Protocol.HTTP_1_1))
        .fastFallback(false) // else it connects on threads that are on neither host
        .build();
  }

  private static Duration call(OkHttpClient client, Request request) throws IOException {
    long start = System.nanoTime();
    try (Response response = client.newCall(request).execute()) {
      long answered = System.nanoTime();
      if (!response.isSuccessful()) {
        throw new IOException("the server answers " + response);
      }
      return Duration.ofNanos(answered - start);
    }
  }

  /** Leaves out the first, for which there was no cookie. */
  private static Duration median(List<Duration> times) {
    List<Duration> sorted = times.stream().skip(1).sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  private static void serve(ServerSocket listening, SSLSocketFactory tls) {
    while (!listening.isClosed()) {
      try (Socket accepted = listening.accept();
          SSLSocket socket = (SSLSocket) tls.createSocket(accepted, null, 0, true)) {
        socket.setUseClientMode(false);
        answer(socket);
      } catch (IOException e) {
        // Either this is the end, or the client tells of it.
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
