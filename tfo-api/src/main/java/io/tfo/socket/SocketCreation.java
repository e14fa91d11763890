package io.tfo.socket;

import java.io.IOException;
import java.net.Socket;

/** Creates a socket. */
@FunctionalInterface
interface SocketCreation {
  Socket create() throws IOException;
}
