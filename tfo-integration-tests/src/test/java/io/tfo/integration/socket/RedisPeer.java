package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;

/** Plays a Redis server (RESP3) that knows HELLO and PING, and accepts all else. */
public final class RedisPeer {
  private RedisPeer() {}

  public static void converse(Socket socket) throws IOException {
    try {
      answer(socket);
    } catch (SocketException e) {
      // Jedis' own sockets are closed with a reset: it sets SO_LINGER to 0.
    }
  }

  private static void answer(Socket socket) throws IOException {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    OutputStream out = socket.getOutputStream();
    for (String head = lines.readLine(); head != null; head = lines.readLine()) {
      String command = null;
      for (int words = Integer.parseInt(head.substring(1)); words > 0; words--) {
        lines.readLine(); // the length of a word
        String word = lines.readLine();
        command = command == null ? word : command;
      }
      out.write(answer(command).getBytes(US_ASCII));
    }
  }

  private static String answer(String command) {
    return switch (command) {
      case "HELLO" -> "%1\r\n+proto\r\n:3\r\n";
      case "PING" -> "+PONG\r\n";
      default -> "+OK\r\n";
    };
  }
}
