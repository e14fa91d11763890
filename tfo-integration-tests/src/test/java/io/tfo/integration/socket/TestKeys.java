package io.tfo.integration.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.tls.HandshakeCertificates;
import okhttp3.tls.HeldCertificate;

/** A key pair and certificate for a test, trusted by both sides. */
public final class TestKeys {
  private static final int HANDSHAKE_RECORD = 22;
  private static final int CLIENT_HELLO = 1;
  private static final int RECORD_HEADER = 5;

  private TestKeys() {}

  public static HandshakeCertificates of(InetAddress host) {
    return of(held(host));
  }

  static HeldCertificate held(InetAddress host) {
    return new HeldCertificate.Builder().addSubjectAlternativeName(host.getHostAddress()).build();
  }

  static HandshakeCertificates of(HeldCertificate key) {
    return new HandshakeCertificates.Builder()
        .heldCertificate(key)
        .addTrustedCertificate(key.certificate())
        .build();
  }

  /** The TLS server's side of a connection. */
  public static SSLSocket serverSide(SSLSocketFactory factory, Socket accepted) throws IOException {
    SSLSocket tls = (SSLSocket) factory.createSocket(accepted, null, 0, true);
    tls.setUseClientMode(false);
    return tls;
  }

  /** Says whether these bytes begin a TLS handshake (RFC 8446, 4 and 5.1). */
  public static boolean isClientHello(byte[] bytes) {
    return bytes.length > RECORD_HEADER
        && bytes[0] == HANDSHAKE_RECORD
        && bytes[1] == 3
        && bytes[RECORD_HEADER] == CLIENT_HELLO;
  }
}
