package io.tfo.integration.socket;

import java.net.Socket;

/** A state of a socket, and the calls that lead to it. */
enum SocketState {
  UNCONNECTED,
  BOUND {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      socket.bind(SocketPair.anyPort());
    }
  },
  CLOSED_UNCONNECTED {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      socket.close();
    }
  },
  CLOSED_BOUND {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      BOUND.reach(socket, pair);
      socket.close();
    }
  },
  FRESH,
  FRESH_BOUND_BEFORE {
    @Override
    void prepare(Socket socket) throws Exception {
      socket.bind(SocketPair.anyPort());
    }
  },
  FRESH_BOUND_TO_ANY_BEFORE {
    @Override
    void prepare(Socket socket) throws Exception {
      socket.bind(null);
    }
  },
  FRESH_WITH_OPTIONS {
    @Override
    void prepare(Socket socket) throws Exception {
      socket.setSoTimeout(60);
      socket.setTcpNoDelay(true);
      socket.setKeepAlive(true);
      socket.setSoLinger(true, 3);
      socket.setTrafficClass(8);
      socket.setOOBInline(true);
      socket.setReuseAddress(true);
    }
  },
  FRESH_WITH_STREAMS {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      socket.getInputStream();
      socket.getOutputStream();
    }
  },
  WRITTEN {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      socket.getOutputStream().write('w');
      pair.peerReads();
    }
  },
  READ {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      pair.peerWritesLater();
      socket.getInputStream().read();
    }
  },
  INPUT_SHUT_FRESH {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      socket.shutdownInput();
    }
  },
  OUTPUT_SHUT_FRESH {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      socket.shutdownOutput();
    }
  },
  BOTH_SHUT_FRESH {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      socket.shutdownInput();
      socket.shutdownOutput();
    }
  },
  INPUT_SHUT {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      WRITTEN.reach(socket, pair);
      socket.shutdownInput();
    }
  },
  OUTPUT_SHUT {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      WRITTEN.reach(socket, pair);
      socket.shutdownOutput();
    }
  },
  PEER_ENDED {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      WRITTEN.reach(socket, pair);
      pair.peer().shutdownOutput();
    }
  },
  PEER_CLOSED {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      WRITTEN.reach(socket, pair);
      pair.peer().close();
    }
  },
  PEER_RESET {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      WRITTEN.reach(socket, pair);
      pair.peer().setSoLinger(true, 0);
      pair.peer().close();
    }
  },
  PEER_RESET_AND_SEEN {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      PEER_RESET.reach(socket, pair);
      SocketPair.ignoring(() -> socket.getInputStream().read());
    }
  },
  CLOSED_FRESH {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      socket.close();
    }
  },
  CLOSED {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      WRITTEN.reach(socket, pair);
      socket.close();
    }
  },
  CLOSED_BY_STREAM {
    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      WRITTEN.reach(socket, pair);
      socket.getOutputStream().close();
    }
  },
  CONNECT_REFUSED {
    @Override
    boolean hasPeer() {
      return false;
    }

    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      SocketPair.ignoring(() -> socket.connect(SocketPair.refusing(), 5000));
    }
  },
  CONNECT_OF_UNKNOWN_HOST {
    @Override
    boolean hasPeer() {
      return false;
    }

    @Override
    void reach(Socket socket, SocketPair pair) throws Exception {
      SocketPair.ignoring(() -> socket.connect(SocketPair.unknown()));
    }
  };

  /** The calls before the socket is connected. */
  void prepare(Socket socket) throws Exception {}

  /** The calls after the socket is connected, or instead of connecting it. */
  void reach(Socket socket, SocketPair pair) throws Exception {}

  boolean isBoundBefore() {
    return this == FRESH_BOUND_BEFORE || this == FRESH_BOUND_TO_ANY_BEFORE;
  }

  boolean hasPeer() {
    return ordinal() >= FRESH.ordinal();
  }
}
