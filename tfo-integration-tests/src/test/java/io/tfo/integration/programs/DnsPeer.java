package io.tfo.integration.programs;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Section;

/** Plays a DNS server over TCP (RFC 7766) that knows one address. */
final class DnsPeer {
  private static final int SECONDS_TO_LIVE = 60;

  private DnsPeer() {}

  static void converse(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    try {
      while (true) {
        byte[] query = new byte[in.readUnsignedShort()];
        in.readFully(query);
        Message message = new Message(query);
        message.getHeader().setFlag(Flags.QR);
        message.addRecord(
            new ARecord(
                message.getQuestion().getName(),
                DClass.IN,
                SECONDS_TO_LIVE,
                InetAddress.getByName(ProgramRun.ADDRESS)),
            Section.ANSWER);
        byte[] answer = message.toWire();
        out.writeShort(answer.length);
        out.write(answer);
      }
    } catch (EOFException e) {
      // The client has ended the connection.
    }
  }
}
