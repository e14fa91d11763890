package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import javax.net.ssl.SSLSocketFactory;

/** Plays mail servers that greet, and accept every command. */
final class MailPeer {
  private MailPeer() {}

  static void smtp(Socket socket) throws IOException {
    BufferedReader lines = lines(socket);
    OutputStream out = socket.getOutputStream();
    out.write("220 mail.example.test ready\r\n".getBytes(US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      boolean last = line.startsWith("QUIT");
      out.write((last ? "221 Bye\r\n" : "250 mail.example.test\r\n").getBytes(US_ASCII));
      if (last) {
        return;
      }
    }
  }

  /** IMAP with TLS from the first byte on. */
  static void imaps(Socket accepted, SSLSocketFactory ssl) throws IOException {
    try (Socket socket = ssl.createSocket(accepted, null, true)) {
      BufferedReader lines = lines(socket);
      OutputStream out = socket.getOutputStream();
      out.write("* OK [CAPABILITY IMAP4rev1] ready\r\n".getBytes(US_ASCII));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        String[] words = line.split(" ", 3);
        String first = words[1].equals("LOGOUT") ? "* BYE\r\n" : "";
        out.write((first + words[0] + " OK done\r\n").getBytes(US_ASCII));
      }
    }
  }

  private static BufferedReader lines(Socket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
  }
}
