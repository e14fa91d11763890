package io.tfo.socket;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.Comparator;
import java.util.Objects;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Creates TLS sockets whose ClientHello travels in the SYN (RFC 7413): for {@link
 * javax.net.ssl.HttpsURLConnection}, JNDI, JavaMail and others that accept an {@link
 * SSLSocketFactory}.
 *
 * <p>The TLS sockets are those of the factory that is given, such as JSSE's: their sessions, server
 * names, parameters and checks are what they are without this class. Only their {@code connect} is
 * that of a {@link FastOpenSocketFactory}, which says when the SYN waits for the ClientHello.
 * Otherwise they connect as always. So do the sockets of a given factory that layers them over
 * sockets of its own, or that cannot create them unconnected.
 *
 * <p>A socket that is layered over one that is connected already comes from the given factory
 * unchanged.
 *
 * <p>Immutable and safe for use by multiple threads.
 */
public final class FastOpenSslSocketFactory extends SSLSocketFactory implements Comparator<String> {
  private final SSLSocketFactory tls;
  private final FastOpenSocketFactory sockets;

  /** Creates a factory like {@link #system()}, for libraries that create it by its class name. */
  public FastOpenSslSocketFactory() {
    this((SSLSocketFactory) SSLSocketFactory.getDefault(), FastOpenSocketFactory.system());
  }

  private FastOpenSslSocketFactory(SSLSocketFactory tls, FastOpenSocketFactory sockets) {
    this.tls = tls;
    this.sockets = sockets;
  }

  /**
   * Returns a factory over {@link SSLSocketFactory#getDefault()} and {@link
   * FastOpenSocketFactory#system()}.
   *
   * @return a new factory
   */
  public static FastOpenSslSocketFactory system() {
    return new FastOpenSslSocketFactory();
  }

  /**
   * Returns a factory over {@link FastOpenSocketFactory#system()}.
   *
   * @param tls creates the TLS sockets, such as that of an {@link javax.net.ssl.SSLContext}
   * @return a new factory
   */
  public static FastOpenSslSocketFactory over(SSLSocketFactory tls) {
    return over(tls, FastOpenSocketFactory.system());
  }

  /**
   * Returns a factory over two others.
   *
   * @param tls creates the TLS sockets, such as that of an {@link javax.net.ssl.SSLContext}
   * @param sockets decides which connects wait for the ClientHello, and whether the addresses of a
   *     host are tried {@linkplain FastOpenSocketFactory#racing() in a race}
   * @return a new factory
   */
  public static FastOpenSslSocketFactory over(SSLSocketFactory tls, FastOpenSocketFactory sockets) {
    return new FastOpenSslSocketFactory(
        Objects.requireNonNull(tls, "tls"), Objects.requireNonNull(sockets, "sockets"));
  }

  /**
   * Returns the same as {@link #system()}. Libraries that are given the class name of a socket
   * factory call this method, such as the JDK's LDAP client.
   *
   * @return a new factory
   */
  public static SSLSocketFactory getDefault() {
    return system();
  }

  /**
   * Compares the class names of two socket factories. The JDK's LDAP client keeps its connections
   * in a pool only if its socket factory does that.
   */
  @Override
  public int compare(String one, String other) {
    return one.compareTo(other);
  }

  @Override
  public String[] getDefaultCipherSuites() {
    return tls.getDefaultCipherSuites();
  }

  @Override
  public String[] getSupportedCipherSuites() {
    return tls.getSupportedCipherSuites();
  }

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = tls.createSocket();
    if (socket instanceof SSLSocket fresh && !fresh.isBound() && !fresh.isConnected()) {
      sockets.defer(fresh);
    }
    return socket;
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return first(
        port,
        () -> sockets.connected(this::createSocket, host, port, null),
        () -> tls.createSocket(host, port));
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    InetSocketAddress local = new InetSocketAddress(localHost, localPort);
    return first(
        port,
        () -> sockets.connected(this::createSocket, host, port, local),
        () -> tls.createSocket(host, port, localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return first(
        port,
        () ->
            FastOpenSocketFactory.connect(createSocket(), new InetSocketAddress(host, port), null),
        () -> tls.createSocket(host, port));
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    InetSocketAddress local = new InetSocketAddress(localAddress, localPort);
    return first(
        port,
        () ->
            FastOpenSocketFactory.connect(
                createSocket(), new InetSocketAddress(address, port), local),
        () -> tls.createSocket(address, port, localAddress, localPort));
  }

  /**
   * Creates the first of two sockets that can be created: {@code ours}, or {@code own} if the TLS
   * factory creates no unconnected sockets. A port out of range goes to {@code own}, for its
   * exception.
   */
  private static Socket first(int port, SocketCreation ours, SocketCreation own)
      throws IOException {
    if (port < 0 || port > 0xFFFF) {
      return own.create();
    }
    try {
      return ours.create();
    } catch (SocketException e) {
      if (e.getCause() instanceof UnsupportedOperationException) {
        return own.create();
      }
      throw e;
    }
  }

  @Override
  public Socket createSocket(Socket connected, String host, int port, boolean autoClose)
      throws IOException {
    return tls.createSocket(connected, host, port, autoClose);
  }

  @Override
  public Socket createSocket(Socket connected, InputStream consumed, boolean autoClose)
      throws IOException {
    return tls.createSocket(connected, consumed, autoClose);
  }
}
