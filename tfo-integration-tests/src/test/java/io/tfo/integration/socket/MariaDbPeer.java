package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.Locale;

/** Plays a MariaDB server, which speaks first, and answers each query for something with 42. */
final class MariaDbPeer {
  private static final int COM_QUIT = 1;
  private static final int COM_QUERY = 3;

  /** CONNECT_WITH_DB, PROTOCOL_41, TRANSACTIONS, SECURE_CONNECTION; PLUGIN_AUTH. */
  private static final byte[] CAPABILITIES = {0x08, (byte) 0xA2};

  private static final byte[] MORE_CAPABILITIES = {0x08, 0};

  private static final byte[] OK = {0, 0, 0, 2, 0, 0, 0};
  private static final byte[] EOF = {(byte) 0xFE, 0, 0, 2, 0};
  private static final byte[] ONE_COLUMN = {1};

  private final InputStream in;
  private final OutputStream out;
  private int sequence;

  private MariaDbPeer(Socket socket) throws IOException {
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  static void converse(Socket socket) throws IOException {
    new MariaDbPeer(socket).converse();
  }

  private void converse() throws IOException {
    send(greeting());
    receive();
    send(OK);
    for (byte[] command = receive(); command[0] != COM_QUIT; command = receive()) {
      String text = new String(command, US_ASCII).toLowerCase(Locale.ROOT);
      if (command[0] == COM_QUERY && text.startsWith("select", 1)) {
        send(ONE_COLUMN);
        send(column());
        send(EOF);
        send(new byte[] {2, '4', '2'});
        send(EOF);
      } else {
        send(OK);
      }
    }
  }

  private static byte[] greeting() throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    packet.write(10); // the protocol's version
    packet.write("5.5.5-10.11.6-MariaDB\0".getBytes(US_ASCII));
    packet.write(new byte[] {1, 0, 0, 0}); // the connection's number
    packet.write("12345678\0".getBytes(US_ASCII)); // the first part of the seed
    packet.write(CAPABILITIES);
    packet.write(33); // UTF-8
    packet.write(new byte[] {2, 0}); // autocommit
    packet.write(MORE_CAPABILITIES);
    packet.write(21); // the seed's length
    packet.write(new byte[10]);
    packet.write("123456789012\0mysql_native_password\0".getBytes(US_ASCII));
    return packet.toByteArray();
  }

  private static byte[] column() throws IOException {
    ByteArrayOutputStream packet = new ByteArrayOutputStream();
    for (String name : new String[] {"def", "", "", "", "answer", ""}) {
      packet.write(name.length());
      packet.write(name.getBytes(US_ASCII));
    }
    // 12 more bytes: UTF-8, 11 characters, a number of 32 bits, no flags, no decimals.
    packet.write(new byte[] {12, 33, 0, 11, 0, 0, 0, 3, 0, 0, 0, 0, 0});
    return packet.toByteArray();
  }

  private void send(byte[] packet) throws IOException {
    out.write(new byte[] {(byte) packet.length, 0, 0, (byte) sequence++});
    out.write(packet);
  }

  private byte[] receive() throws IOException {
    byte[] head = in.readNBytes(4);
    sequence = head[3] + 1;
    return in.readNBytes((head[0] & 0xff) | (head[1] & 0xff) << 8);
  }
}
