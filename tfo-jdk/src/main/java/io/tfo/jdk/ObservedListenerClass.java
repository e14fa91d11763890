package io.tfo.jdk;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.net.ProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The constructor of {@code ObservedServerSocketChannel}, a {@linkplain HiddenClass hidden class}
 * beside the JDK's {@code ServerSocketChannelImpl}.
 */
public final class ObservedListenerClass {
  private static final MethodType CONSTRUCTOR =
      MethodType.methodType(
          void.class, SelectorProvider.class, ProtocolFamily.class, BiConsumer.class);

  /** Null where this JDK denies access, or its class has changed. */
  private static final @Nullable MethodHandle NEW = find();

  private ObservedListenerClass() {}

  private static @Nullable MethodHandle find() {
    if (JdkChannels.ACCESS == null) {
      return null;
    }
    try {
      return HiddenClass.define(
              "ObservedServerSocketChannel", JdkChannelHandles.SERVER_SOCKET_CHANNEL, CONSTRUCTOR)
          .asType(CONSTRUCTOR.changeReturnType(ServerSocketChannel.class));
    } catch (IOException | ReflectiveOperationException | RuntimeException | Error e) {
      ProgramLog.log(
          System.Logger.Level.WARNING,
          "connections that NIO listeners accept cannot be observed: " + e);
      return null;
    }
  }

  public static boolean isAvailable() {
    return NEW != null;
  }

  /** Calls the constructor of {@code ObservedServerSocketChannel}. */
  public static ServerSocketChannel open(
      SelectorProvider provider,
      @Nullable ProtocolFamily family,
      BiConsumer<ServerSocketChannel, @Nullable SocketChannel> observer)
      throws IOException {
    MethodHandle constructor = NEW;
    if (constructor == null) {
      throw new UnsupportedOperationException("listeners cannot be observed");
    }
    try {
      return (ServerSocketChannel) constructor.invokeExact(provider, family, observer);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the constructor declares no other
    }
  }
}
