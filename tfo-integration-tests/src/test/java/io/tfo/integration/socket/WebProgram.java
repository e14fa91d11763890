package io.tfo.integration.socket;

import io.tfo.lab.Host;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import okhttp3.tls.HeldCertificate;

/** A common web server, configured to accept SYN data and to give each request the same answer. */
public enum WebProgram {
  NGINX(
      """
      user root root;
      daemon off;
      master_process off;
      pid pid;
      error_log stderr;
      events {}
      http {
        access_log off;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        server {
          listen %1$s fastopen=16%3$s;
          location / { return 200 %2$s; }
        }
      }
      """) {
    @Override
    Object[] command(Path folder, Path configuration) {
      return new Object[] {
        HostProgram.find("nginx"),
        "-e",
        "stderr",
        "-p",
        folder.toAbsolutePath(),
        "-c",
        configuration.toAbsolutePath()
      };
    }
  },

  HAPROXY(
      """
      defaults
        mode http
        timeout client 10s
        timeout connect 10s
        timeout server 10s
      frontend web
        bind %1$s tfo
        http-request return status 200 content-type text/plain string %2$s
      """) {
    @Override
    Object[] command(Path folder, Path configuration) {
      return new Object[] {
        HostProgram.find("haproxy"), "-db", "-f", configuration.toAbsolutePath()
      };
    }
  };

  static final String BODY = "Hello";

  private final String configuration;

  WebProgram(String configuration) {
    this.configuration = configuration;
  }

  /** The command that runs it as one process, in the foreground. */
  abstract Object[] command(Path folder, Path configuration);

  public HostProgram start(Host host, InetSocketAddress address, Path folder) throws Exception {
    return start(host, address, folder, "");
  }

  /** Starts nginx with TLS. */
  static HostProgram startTls(
      Host host, InetSocketAddress address, Path folder, HeldCertificate key) throws Exception {
    Files.writeString(folder.resolve("keys.pem"), key.certificatePem() + key.privateKeyPkcs8Pem());
    return NGINX.start(
        host, address, folder, " ssl; ssl_certificate keys.pem; ssl_certificate_key keys.pem");
  }

  private HostProgram start(Host host, InetSocketAddress address, Path folder, String tls)
      throws Exception {
    Path file = folder.resolve("configuration");
    Files.writeString(
        file,
        configuration.formatted(
            address.getAddress().getHostAddress() + ":" + address.getPort(), BODY, tls));
    return listen(host, address, folder, command(folder, file));
  }

  /** Starts a program that listens at an address, and waits until it does. */
  public static HostProgram listen(
      Host host, InetSocketAddress address, Path folder, Object... command) throws Exception {
    HostProgram program = HostProgram.start(host, folder, command);
    try {
      program.awaitListening(host, address);
      return program;
    } catch (Throwable t) {
      program.close();
      throw t;
    }
  }
}
