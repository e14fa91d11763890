package java.net;

import java.io.IOException;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;

/**
 * The methods that {@code Socket.connect} and {@code ServerSocket.bind} call first once the agent
 * has changed them. They are in the JDK's own package, since the JDK's code sees no class of an
 * agent. Without hooks, these methods do what they did before.
 */
final class FastOpenHooks {
  /** Called before each connect. Null for none; written by the agent. */
  private static volatile BiConsumer<Socket, SocketAddress> connect;

  /**
   * Binds with an address and a backlog, and returns whether it did. Throws what a bind throws.
   * Null for none; written by the agent.
   */
  private static volatile BiPredicate<ServerSocket, Object[]> bind;

  private FastOpenHooks() {}

  /** Returns false: {@code Socket.connect} still has to connect. */
  static boolean connect(Socket socket, SocketAddress remote, int timeout) {
    BiConsumer<Socket, SocketAddress> hook = connect;
    if (hook != null) {
      hook.accept(socket, remote);
    }
    return false;
  }

  /** Returns whether {@code ServerSocket.bind} has nothing left to do. */
  static boolean bind(ServerSocket socket, SocketAddress local, int backlog) throws IOException {
    BiPredicate<ServerSocket, Object[]> hook = bind;
    return hook != null && hook.test(socket, new Object[] {local, backlog});
  }
}
