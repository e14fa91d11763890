package io.tfo.jdk;

import java.io.FileDescriptor;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The members of the JDK's channels that {@link JdkChannels} uses: static constants, as in {@link
 * JdkSocketHandles}. Its initialisation fails where this JDK denies access, or has changed them.
 */
final class JdkChannelHandles {
  static final Class<?> SOCKET_CHANNEL;
  static final Class<?> SERVER_SOCKET_CHANNEL;
  static final VarHandle FILE;
  static final VarHandle FD_VAL;
  static final VarHandle FAMILY;
  static final VarHandle READ_LOCK;
  static final VarHandle WRITE_LOCK;
  static final VarHandle STATE_LOCK;
  static final VarHandle STATE;
  static final VarHandle LOCAL_ADDRESS;
  static final VarHandle REMOTE_ADDRESS;
  static final VarHandle SERVER_FD_VAL;
  static final VarHandle SERVER_STATE_LOCK;

  static {
    try {
      SOCKET_CHANNEL = Privileged.classForName("sun.nio.ch.SocketChannelImpl");
      SERVER_SOCKET_CHANNEL = Privileged.classForName("sun.nio.ch.ServerSocketChannelImpl");
      MethodHandles.Lookup client = privateLookup(SOCKET_CHANNEL);
      MethodHandles.Lookup server = privateLookup(SERVER_SOCKET_CHANNEL);
      FILE = client.findVarHandle(SOCKET_CHANNEL, "fd", FileDescriptor.class);
      FD_VAL = client.findVarHandle(SOCKET_CHANNEL, "fdVal", int.class);
      FAMILY = client.findVarHandle(SOCKET_CHANNEL, "family", ProtocolFamily.class);
      READ_LOCK = client.findVarHandle(SOCKET_CHANNEL, "readLock", ReentrantLock.class);
      WRITE_LOCK = client.findVarHandle(SOCKET_CHANNEL, "writeLock", ReentrantLock.class);
      STATE_LOCK = client.findVarHandle(SOCKET_CHANNEL, "stateLock", Object.class);
      STATE = client.findVarHandle(SOCKET_CHANNEL, "state", int.class);
      LOCAL_ADDRESS = client.findVarHandle(SOCKET_CHANNEL, "localAddress", SocketAddress.class);
      REMOTE_ADDRESS = client.findVarHandle(SOCKET_CHANNEL, "remoteAddress", SocketAddress.class);
      SERVER_FD_VAL = server.findVarHandle(SERVER_SOCKET_CHANNEL, "fdVal", int.class);
      SERVER_STATE_LOCK = server.findVarHandle(SERVER_SOCKET_CHANNEL, "stateLock", Object.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private JdkChannelHandles() {}

  /** Initialises this class. */
  static void load() {}

  /**
   * The methods of {@code SocketChannelImpl} itself, whether or not a subclass overrides them. A
   * separate class: only channels whose connects are deferred need them, and method handles take
   * start-up time.
   */
  static final class Own {
    static final MethodHandle CLOSE;
    static final MethodHandle SHUTDOWN_INPUT;
    static final MethodHandle SHUTDOWN_OUTPUT;

    static {
      try {
        MethodHandles.Lookup client = privateLookup(SOCKET_CHANNEL);
        CLOSE = own(client, "implCloseSelectableChannel", void.class);
        SHUTDOWN_INPUT = own(client, "shutdownInput", SocketChannel.class);
        SHUTDOWN_OUTPUT = own(client, "shutdownOutput", SocketChannel.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private Own() {}

    /** Initialises this class. */
    static void load() {}

    private static MethodHandle own(MethodHandles.Lookup client, String name, Class<?> result)
        throws ReflectiveOperationException {
      Class<?> type = client.lookupClass();
      return client
          .findSpecial(type, name, MethodType.methodType(result), type)
          .asType(MethodType.methodType(void.class, SocketChannel.class));
    }
  }

  /**
   * The same for connect and bind. A separate class, for processes with a selector provider only.
   */
  static final class OwnBeginning {
    static final MethodHandle CONNECT;
    static final MethodHandle BIND;

    static {
      try {
        CONNECT =
            privateLookup(SOCKET_CHANNEL)
                .findSpecial(
                    SOCKET_CHANNEL,
                    "connect",
                    MethodType.methodType(boolean.class, SocketAddress.class),
                    SOCKET_CHANNEL)
                .asType(
                    MethodType.methodType(boolean.class, SocketChannel.class, SocketAddress.class));
        BIND =
            privateLookup(SERVER_SOCKET_CHANNEL)
                .findSpecial(
                    SERVER_SOCKET_CHANNEL,
                    "bind",
                    MethodType.methodType(
                        ServerSocketChannel.class, SocketAddress.class, int.class),
                    SERVER_SOCKET_CHANNEL)
                .asType(
                    MethodType.methodType(
                        void.class, ServerSocketChannel.class, SocketAddress.class, int.class));
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    private OwnBeginning() {}
  }

  static MethodHandles.Lookup openedLookup(Class<?> target) throws IllegalAccessException {
    return MethodHandles.privateLookupIn(target, MethodHandles.lookup());
  }

  static MethodHandles.Lookup privateLookup(Class<?> target) throws IllegalAccessException {
    try {
      return Privileged.lookupIn(target);
    } catch (IllegalAccessException notOpened) {
      return TrustedLookup.read().in(target);
    }
  }
}
