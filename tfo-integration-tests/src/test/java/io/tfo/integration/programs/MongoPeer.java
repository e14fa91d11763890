package io.tfo.integration.programs;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bson.RawBsonDocument;

/** Plays a router of a MongoDB cluster that knows the handshake and ping, and accepts all else. */
public final class MongoPeer {
  private static final int OP_REPLY = 1;
  private static final int OP_QUERY = 2004;
  private static final int OP_MSG = 2013;
  private static final int HEADER = 16;

  /** As of MongoDB 8.0. */
  private static final byte[] ANSWER =
      bytes(
          """
          {ok: 1, helloOk: true, isWritablePrimary: true, ismaster: true, msg: "isdbgrid",
           minWireVersion: 0, maxWireVersion: 25, maxBsonObjectSize: 16777216,
           maxMessageSizeBytes: 48000000, maxWriteBatchSize: 100000}
          """);

  private MongoPeer() {}

  private static byte[] bytes(String json) {
    RawBsonDocument document = RawBsonDocument.parse(json);
    byte[] bytes = new byte[document.getByteLength()];
    System.arraycopy(document.getBackingArray(), document.getByteOffset(), bytes, 0, bytes.length);
    return bytes;
  }

  public static void converse(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    try {
      while (true) {
        ByteBuffer header = read(in, HEADER);
        int length = header.getInt();
        int id = header.getInt();
        int operation = header.getInt(HEADER - Integer.BYTES);
        read(in, length - HEADER);
        socket.getOutputStream().write(operation == OP_QUERY ? reply(id) : message(id));
      }
    } catch (EOFException e) {
      // The client has ended the connection.
    }
  }

  private static ByteBuffer read(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The answer's first bytes: flags, cursor, where it starts, and the number of documents. */
  private static byte[] reply(int id) {
    return begin(OP_REPLY, id, 5 * Integer.BYTES)
        .putInt(0)
        .putLong(0)
        .putInt(0)
        .putInt(1)
        .put(ANSWER)
        .array();
  }

  /** The answer's first bytes: flags, and the kind of the section. */
  private static byte[] message(int id) {
    return begin(OP_MSG, id, Integer.BYTES + 1).putInt(0).put((byte) 0).put(ANSWER).array();
  }

  private static ByteBuffer begin(int operation, int id, int head) {
    int length = HEADER + head + ANSWER.length;
    return ByteBuffer.allocate(length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(length)
        .putInt(0)
        .putInt(id)
        .putInt(operation);
  }
}
