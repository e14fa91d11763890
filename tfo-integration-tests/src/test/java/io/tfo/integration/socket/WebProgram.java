package io.tfo.integration.socket;

import io.tfo.lab.Host;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;

/** A common web server, configured to accept SYN data and to give each request the same answer. */
enum WebProgram {
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
          listen %s fastopen=16;
          location / { return 200 %s; }
        }
      }
      """) {
    @Override
    Object[] command(Path folder, Path configuration) {
      return new Object[] {
        HostProgram.find("nginx"), "-e", "stderr", "-p", folder, "-c", configuration
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
        bind %s tfo
        http-request return status 200 content-type text/plain string %s
      """) {
    @Override
    Object[] command(Path folder, Path configuration) {
      return new Object[] {HostProgram.find("haproxy"), "-db", "-f", configuration};
    }
  };

  static final String BODY = "Hello";

  private final String configuration;

  WebProgram(String configuration) {
    this.configuration = configuration;
  }

  /** The command that runs it as one process, in the foreground. */
  abstract Object[] command(Path folder, Path configuration);

  HostProgram start(Host host, InetSocketAddress address, Path folder) throws Exception {
    Path file = folder.resolve("configuration");
    Files.writeString(
        file,
        configuration.formatted(
            address.getAddress().getHostAddress() + ":" + address.getPort(), BODY));
    HostProgram program = HostProgram.start(host, folder, command(folder, file));
    try {
      program.awaitListening(host, address);
      return program;
    } catch (Throwable t) {
      program.close();
      throw t;
    }
  }
}
