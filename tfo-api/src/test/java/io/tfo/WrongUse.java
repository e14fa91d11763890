package io.tfo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Wrong uses of connect, which the JDK rejects at once. Each opens a channel of its own. */
enum WrongUse {
  NULL_ADDRESS {
    @Override
    @Nullable SocketAddress address(SocketAddress listening) {
      return null;
    }
  },
  UNRESOLVED_ADDRESS {
    @Override
    SocketAddress address(SocketAddress listening) {
      return InetSocketAddress.createUnresolved("host.invalid", 80);
    }
  },
  FOREIGN_ADDRESS {
    @Override
    SocketAddress address(SocketAddress listening) {
      return new SocketAddress() {
        private static final long serialVersionUID = 1;
      };
    }
  },
  UNIX_ADDRESS_ON_A_TCP_CHANNEL {
    @Override
    SocketAddress address(SocketAddress listening) {
      return UnixDomainSocketAddress.of(Path.of("no-such-socket"));
    }
  },
  TCP_ADDRESS_ON_A_UNIX_CHANNEL {
    @Override
    SocketChannel open(SocketAddress listening) throws IOException {
      return SocketChannel.open(StandardProtocolFamily.UNIX);
    }
  },
  IPV6_ADDRESS_ON_AN_IPV4_CHANNEL {
    @Override
    SocketChannel open(SocketAddress listening) throws IOException {
      return SocketChannel.open(StandardProtocolFamily.INET);
    }

    @Override
    SocketAddress address(SocketAddress listening) throws IOException {
      byte[] loopback = new byte[16];
      loopback[15] = 1;
      return new InetSocketAddress(
          InetAddress.getByAddress(loopback), ((InetSocketAddress) listening).getPort());
    }
  },
  CLOSED {
    @Override
    SocketChannel open(SocketAddress listening) throws IOException {
      SocketChannel channel = SocketChannel.open();
      channel.close();
      return channel;
    }
  },
  CLOSED_AND_UNRESOLVED {
    @Override
    SocketChannel open(SocketAddress listening) throws IOException {
      return CLOSED.open(listening);
    }

    @Override
    @Nullable SocketAddress address(SocketAddress listening) throws IOException {
      return UNRESOLVED_ADDRESS.address(listening);
    }
  },
  CONNECTED {
    @Override
    SocketChannel open(SocketAddress listening) throws IOException {
      return SocketChannel.open(listening);
    }
  },
  PENDING {
    @Override
    SocketChannel open(SocketAddress listening) throws IOException {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      if (channel.connect(listening)) {
        throw new IOException("connected at once, so it cannot be pending: " + channel);
      }
      return channel;
    }
  };

  SocketChannel open(SocketAddress listening) throws IOException {
    return SocketChannel.open();
  }

  @Nullable SocketAddress address(SocketAddress listening) throws IOException {
    return listening;
  }

  /** The observable state of a channel, as text to compare. */
  static String state(SocketChannel channel) throws IOException {
    return "open %s, blocking %s, connected %s, pending %s, bound %s"
        .formatted(
            channel.isOpen(),
            channel.isBlocking(),
            channel.isConnected(),
            channel.isConnectionPending(),
            channel.isOpen() && channel.getLocalAddress() != null);
  }
}
