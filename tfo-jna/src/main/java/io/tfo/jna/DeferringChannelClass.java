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
 * Defines {@code DeferringSocketChannel}, whose source is in {@code src/main/java-base}, in the
 * JDK's package of the class that it extends. It is a hidden class: it takes no name in that
 * package, and any number of class loaders can define it.
 *
 * <p>It is compiled as a part of {@code java.base} and kept as a resource beside this class, so it
 * is found where a tool has relocated {@code io.tfo}. The resource's name does not end in {@code
 * .class}: {@code jlink} of JDK 17 takes such a file for a class of this module in a wrong package,
 * and maven-shade-plugin drops it.
 */
final class DeferringChannelClass {
  private static final String RESOURCE = "DeferringSocketChannel.classfile";

  private static final MethodType CONSTRUCTOR =
      MethodType.methodType(
          void.class,
          SelectorProvider.class,
          ProtocolFamily.class,
          BiPredicate.class,
          BiFunction.class,
          Consumer.class);

  /** Null where this JDK denies access, or its class has changed. */
  private static final @Nullable MethodHandle NEW = find();

  private DeferringChannelClass() {}

  private static @Nullable MethodHandle find() {
    JdkChannels jdk = JdkChannels.ACCESS;
    if (jdk == null) {
      return null;
    }
    try (InputStream file = DeferringChannelClass.class.getResourceAsStream(RESOURCE)) {
      if (file == null) {
        throw new FileNotFoundException(RESOURCE);
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

  /** Calls the constructor of {@code DeferringSocketChannel}. */
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
