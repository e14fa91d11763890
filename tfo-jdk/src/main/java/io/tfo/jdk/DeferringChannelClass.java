package io.tfo.jdk;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodType;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * The constructor of {@code DeferringSocketChannel}, a {@linkplain HiddenClass hidden class} beside
 * the JDK's {@code SocketChannelImpl}.
 */
public final class DeferringChannelClass {
  private static final MethodType CONSTRUCTOR =
      MethodType.methodType(
          void.class, SelectorProvider.class, ProtocolFamily.class, BiFunction.class);

  /** Null where this JDK denies access, or its class has changed. */
  private static final @Nullable MethodHandle NEW = find();

  private DeferringChannelClass() {}

  private static @Nullable MethodHandle find() {
    JdkChannels jdk = JdkChannels.ACCESS;
    if (jdk == null) {
      return null;
    }
    try {
      JdkChannelHandles.Own.load();
      return HiddenClass.define(
              "DeferringSocketChannel", JdkChannelHandles.SOCKET_CHANNEL, CONSTRUCTOR)
          .asType(CONSTRUCTOR.changeReturnType(SocketChannel.class));
    } catch (IOException | ReflectiveOperationException | RuntimeException | Error e) {
      ProgramLog.log(System.Logger.Level.WARNING, "connects cannot be deferred: " + e);
      return null;
    }
  }

  public static boolean isAvailable() {
    return NEW != null;
  }

  /** Calls the constructor of {@code DeferringSocketChannel}. */
  public static SocketChannel open(
      SelectorProvider provider,
      @Nullable ProtocolFamily family,
      BiFunction<SocketChannel, SocketAddress, @Nullable BiPredicate<String, Object>> begin)
      throws IOException {
    MethodHandle constructor = NEW;
    if (constructor == null) {
      throw new UnsupportedOperationException("connects cannot be deferred");
    }
    try {
      return (SocketChannel) constructor.invokeExact(provider, family, begin);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the constructor declares no other
    }
  }
}
