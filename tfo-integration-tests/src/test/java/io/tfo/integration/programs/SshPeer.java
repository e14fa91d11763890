package io.tfo.integration.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tfo.integration.socket.SocketLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.auth.password.AcceptAllPasswordAuthenticator;
import org.apache.sshd.server.command.AbstractCommandSupport;

/** Apache MINA SSHD's server, whose commands print themselves. */
final class SshPeer {
  private SshPeer() {}

  private static final class Echo extends AbstractCommandSupport {
    Echo(String command) {
      super(command, null);
    }

    @Override
    public void run() {
      try {
        getOutputStream().write(getCommand().getBytes(US_ASCII));
        getOutputStream().flush();
        onExit(0);
      } catch (IOException e) {
        onExit(1, e.toString());
      }
    }
  }

  /** Starts it on the server's host, until the lab is closed. */
  static InetSocketAddress start(SocketLab hosts, int port) throws Exception {
    InetSocketAddress address = new InetSocketAddress(hosts.lab().server().ipv4(), port);
    SshServer server = SshServer.setUpDefaultServer();
    server.setHost(address.getAddress().getHostAddress());
    server.setPort(port);
    server.setKeyPairProvider(
        KeyPairProvider.wrap(SecurityUtils.getKeyPairGenerator("EC").generateKeyPair()));
    server.setPasswordAuthenticator(AcceptAllPasswordAuthenticator.INSTANCE);
    server.setCommandFactory((session, command) -> new Echo(command));
    hosts
        .lab()
        .server()
        .call(
            () -> {
              server.start();
              return null;
            });
    hosts.closeLater(() -> server.stop(true));
    return address;
  }
}
