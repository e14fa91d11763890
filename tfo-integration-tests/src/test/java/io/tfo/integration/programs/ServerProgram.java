package io.tfo.integration.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tfo.integration.socket.SocketLab;
import io.undertow.Undertow;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;

/**
 * A server over NIO or asynchronous channels that knows nothing of TCP Fast Open, with a client for
 * it.
 */
enum ServerProgram {
  TOMCAT(
      (hosts, address, folder) ->
          tomcat("org.apache.coyote.http11.Http11NioProtocol", address, folder),
      Program.HTTP_CLIENT),
  TOMCAT_NIO2(
      (hosts, address, folder) ->
          tomcat("org.apache.coyote.http11.Http11Nio2Protocol", address, folder),
      Program.HTTP_CLIENT),
  UNDERTOW(ServerProgram::undertow, Program.HTTP_CLIENT),
  JETTY_SERVER(ServerProgram::jetty, Program.HTTP_CLIENT),
  GRPC_SERVER(
      (hosts, address, folder) -> {
        GrpcGreeting.start(hosts, address.getPort());
        return () -> {};
      },
      Program.GRPC);

  static final String ANSWER = ProgramRun.NAME;

  /** Held here, since the log manager forgets a logger, and its level, without a reference. */
  private static final Logger TOMCATS_LOG = Logger.getLogger("org.apache");

  private final Start start;
  private final Program client;

  private interface Start {
    Closeable at(SocketLab hosts, InetSocketAddress address, Path folder) throws Exception;
  }

  ServerProgram(Start start, Program client) {
    this.start = start;
    this.client = client;
  }

  /**
   * Starts it on the server's host, until the lab is closed.
   *
   * @param folder for its files: the caller removes it
   */
  InetSocketAddress serve(SocketLab hosts, int port, Path folder) throws Exception {
    InetSocketAddress address = new InetSocketAddress(hosts.lab().server().ipv4(), port);
    hosts.closeLater(hosts.lab().server().call(() -> start.at(hosts, address, folder)));
    return address;
  }

  Program client() {
    return client;
  }

  Predicate<byte[]> isFirst() {
    return client::isFirst;
  }

  private static Closeable tomcat(String protocol, InetSocketAddress address, Path folder)
      throws Exception {
    TOMCATS_LOG.setLevel(Level.SEVERE); // its warnings are of options that this JVM lacks
    Tomcat tomcat = new Tomcat();
    tomcat.setSilent(true);
    tomcat.setBaseDir(folder.toString());
    Connector connector = new Connector(protocol);
    connector.setPort(address.getPort());
    connector.setProperty("address", address.getAddress().getHostAddress());
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", folder.toString());
    Tomcat.addServlet(context, "answer", new Servlet()).addMapping("/");
    tomcat.start();
    return () -> {
      try {
        tomcat.stop();
        tomcat.destroy();
      } catch (LifecycleException e) {
        throw new IOException(e);
      }
    };
  }

  private static final class Servlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      response.getWriter().print(ANSWER);
    }
  }

  private static Closeable undertow(SocketLab hosts, InetSocketAddress address, Path folder) {
    Undertow undertow =
        Undertow.builder()
            .addHttpListener(address.getPort(), address.getAddress().getHostAddress())
            .setIoThreads(1)
            .setHandler(exchange -> exchange.getResponseSender().send(ANSWER))
            .build();
    undertow.start();
    return undertow::stop;
  }

  private static Closeable jetty(SocketLab hosts, InetSocketAddress address, Path folder)
      throws Exception {
    Server jetty = new Server(address);
    jetty.setHandler(
        new Handler.Abstract() {
          @Override
          public boolean handle(Request request, Response response, Callback callback) {
            response.write(true, ByteBuffer.wrap(ANSWER.getBytes(US_ASCII)), callback);
            return true;
          }
        });
    jetty.start();
    return () -> {
      try {
        jetty.stop();
      } catch (Exception e) {
        throw new IOException(e);
      }
    };
  }
}
