package io.tfo.jna;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code DeferringSocketChannel}, whose source is in {@code src/main/java-base}: compiled as a part
 * of {@code java.base}, kept in a folder that is no package, and defined beside the class that it
 * extends. Hidden, so that it bears no name there, and may be defined by any number of class
 * loaders.
 */
final class DeferringChannelClass {
  private static final String FILE = "/META-INF/java.base/sun/nio/ch/DeferringSocketChannel.class";

  private static final MethodType CONSTRUCTOR =
      MethodType.methodType(
          void.class,
          SelectorProvider.class,
          ProtocolFamily.class,
          BiPredicate.class,
          BiFunction.class,
          Consumer.class);

  /** Null where this JDK does not let us in, or its class is not as it was. */
  private static final @Nullable MethodHandle NEW = find();

  private DeferringChannelClass() {}

  private static @Nullable MethodHandle find() {
    JdkChannels jdk = JdkChannels.ACCESS;
    if (jdk == null) {
      return null;
    }
    try (InputStream file = DeferringChannelClass.class.getResourceAsStream(FILE)) {
      if (file == null) {
        throw new FileNotFoundException(FILE);
      }
      MethodHandles.Lookup hidden =
          TrustedLookup.read()
              .in(jdk.socketChannel())
              .defineHiddenClass(file.readAllBytes(), false);
      return hidden
          .findConstructor(hidden.lookupClass(), CONSTRUCTOR)
          .asType(CONSTRUCTOR.changeReturnType(SocketChannel.class));
    } catch (IOException | ReflectiveOperationException | RuntimeException | Error e) {
      System.getLogger("io.tfo")
          .log(System.Logger.Level.WARNING, "connects cannot be deferred: " + e);
      return null;
    }
  }

  static boolean isAvailable() {
    return NEW != null;
  }

  /** Calls the constructor; see there. */
  static SocketChannel open(
      SelectorProvider provider,
      @Nullable ProtocolFamily family,
      BiPredicate<SocketChannel, SocketAddress> defer,
      BiFunction<SocketChannel, SocketAddress, BooleanSupplier> deferred,
      Consumer<SocketChannel> closing)
      throws IOException {
    MethodHandle constructor = NEW;
    if (constructor == null) {
      throw new UnsupportedOperationException("connects cannot be deferred");
    }
    try {
      return (SocketChannel) constructor.invokeExact(provider, family, defer, deferred, closing);
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e); // the constructor declares no other
    }
  }
}
