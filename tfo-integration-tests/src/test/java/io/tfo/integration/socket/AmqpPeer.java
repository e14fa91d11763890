package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;

/** Plays an AMQP 0-9-1 server that opens and closes a connection, and does nothing else. */
final class AmqpPeer {
  static final byte[] PROTOCOL_HEADER = {'A', 'M', 'Q', 'P', 0, 0, 9, 1};
  static final int CHANNELS = 17;

  private static final int FRAME_METHOD = 1;
  private static final int FRAME_END = 0xCE;
  private static final int CONNECTION = 10;
  private static final int START = 10;
  private static final int START_OK = 11;
  private static final int TUNE = 30;
  private static final int OPEN = 40;
  private static final int OPEN_OK = 41;
  private static final int CLOSE = 50;
  private static final int CLOSE_OK = 51;

  private final DataInputStream in;
  private final DataOutputStream out;

  private AmqpPeer(Socket socket) throws IOException {
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  static void converse(Socket socket) throws IOException {
    new AmqpPeer(socket).converse();
  }

  private void converse() throws IOException {
    in.readFully(new byte[PROTOCOL_HEADER.length]);
    send(
        START,
        start -> {
          start.write(new byte[] {0, 9});
          longString(start, ""); // an empty table
          longString(start, "PLAIN");
          longString(start, "en_US");
        });
    for (int method = receive(); method != CLOSE; method = receive()) {
      if (method == START_OK) {
        send(
            TUNE,
            tune -> {
              tune.writeShort(CHANNELS);
              tune.writeInt(131_072);
              tune.writeShort(0); // no heartbeats
            });
      } else if (method == OPEN) {
        send(OPEN_OK, openOk -> openOk.write(0));
      }
    }
    send(CLOSE_OK, closeOk -> {});
  }

  private interface Arguments {
    void to(DataOutputStream out) throws IOException;
  }

  private void send(int method, Arguments arguments) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream payload = new DataOutputStream(bytes);
    payload.writeShort(CONNECTION);
    payload.writeShort(method);
    arguments.to(payload);
    out.write(FRAME_METHOD);
    out.writeShort(0);
    out.writeInt(bytes.size());
    bytes.writeTo(out);
    out.write(FRAME_END);
  }

  private static void longString(DataOutputStream out, String text) throws IOException {
    out.writeInt(text.length());
    out.write(text.getBytes(US_ASCII));
  }

  /** Reads a frame, and returns its method. */
  private int receive() throws IOException {
    in.readByte();
    in.readShort();
    byte[] payload = new byte[in.readInt()];
    in.readFully(payload);
    in.readByte();
    return payload[3];
  }
}
