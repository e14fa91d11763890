package io.tfo.jna;

import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's channel with its connect and its writes overridden, so that the destination is known
 * before the connect is deferred: a hidden subclass in the JDK's own package, which its selectors
 * take as they take any channel of theirs. All but what is said here is inherited.
 */
final class DeferringChannel {
  private static final MethodType NEW = type(void.class, SelectorProvider.class);
  private static final MethodType NEW_OF_FAMILY =
      type(void.class, SelectorProvider.class, ProtocolFamily.class);
  private static final MethodType CONNECT = type(boolean.class, SocketAddress.class);
  private static final MethodType WRITE = type(int.class, ByteBuffer.class);
  private static final MethodType GATHER =
      type(long.class, ByteBuffer[].class, int.class, int.class);

  private static final MethodType CONFIGURE_BLOCKING = type(void.class, boolean.class);

  /** Null where this JDK does not let us. */
  static final @Nullable DeferringChannel ACCESS;

  /** Why {@link #ACCESS} is null. */
  static final @Nullable Throwable DENIED;

  static {
    DeferringChannel access = null;
    Throwable denied = null;
    try {
      JdkChannels jdk = JdkChannels.ACCESS;
      if (jdk == null) {
        denied = JdkChannels.DENIED;
      } else {
        access = define(jdk);
      }
    } catch (Throwable e) {
      // A JDK whose class is final, say: connects are plain.
      denied = e;
    }
    ACCESS = access;
    DENIED = denied;
  }

  private final MethodHandle open;
  private final MethodHandle openOfFamily;
  private final VarHandle state;
  private final MethodHandle connect;
  private final MethodHandle write;
  private final MethodHandle gather;
  private final MethodHandle configureBlocking;

  private DeferringChannel(MethodHandles.Lookup hidden, Class<?> jdkChannel)
      throws ReflectiveOperationException {
    Class<?> type = hidden.lookupClass();
    open = hidden.findConstructor(type, NEW).asType(NEW.changeReturnType(SocketChannel.class));
    openOfFamily =
        hidden
            .findConstructor(type, NEW_OF_FAMILY)
            .asType(NEW_OF_FAMILY.changeReturnType(SocketChannel.class));
    state = hidden.findVarHandle(type, SubclassWriter.FIELD, Object.class);
    connect = inherited(hidden, jdkChannel, "connect", CONNECT);
    write = inherited(hidden, jdkChannel, "write", WRITE);
    gather = inherited(hidden, jdkChannel, "write", GATHER);
    configureBlocking = inherited(hidden, jdkChannel, "implConfigureBlocking", CONFIGURE_BLOCKING);
  }

  private static DeferringChannel define(JdkChannels jdk) throws ReflectiveOperationException {
    MethodHandles.Lookup here = MethodHandles.lookup();
    List<SubclassWriter.Overriding> methods = new ArrayList<>();
    List<MethodHandle> handles = new ArrayList<>();
    for (var named :
        List.of(
            Map.entry("connect", CONNECT),
            Map.entry("write", WRITE),
            Map.entry("write", GATHER),
            Map.entry("implConfigureBlocking", CONFIGURE_BLOCKING))) {
      var method =
          new SubclassWriter.Overriding(named.getKey(), named.getValue(), SocketChannel.class);
      methods.add(method);
      handles.add(here.findStatic(DeferringChannel.class, method.name(), method.handle()));
    }
    byte[] file = SubclassWriter.write(jdk.socketChannel(), List.of(NEW, NEW_OF_FAMILY), methods);
    return new DeferringChannel(
        TrustedLookup.read()
            .in(jdk.socketChannel())
            .defineHiddenClassWithClassData(file, List.copyOf(handles), true),
        jdk.socketChannel());
  }

  private static MethodHandle inherited(
      MethodHandles.Lookup hidden, Class<?> jdkChannel, String name, MethodType type)
      throws ReflectiveOperationException {
    return hidden
        .findSpecial(jdkChannel, name, type, hidden.lookupClass())
        .asType(type.insertParameterTypes(0, SocketChannel.class));
  }

  private static MethodType type(Class<?> result, Class<?>... parameters) {
    return MethodType.methodType(result, parameters);
  }

  SocketChannel open(
      SelectorProvider jdk,
      @Nullable ProtocolFamily family,
      Deferral deferral,
      Predicate<InetSocketAddress> which,
      Duration silence)
      throws IOException {
    try {
      SocketChannel channel =
          family == null
              ? (SocketChannel) open.invokeExact(jdk)
              : (SocketChannel) openOfFamily.invokeExact(jdk, family);
      state.set(channel, new DeferredConnect(channel, deferral, which, silence));
      return channel;
    } catch (Throwable t) {
      throw DeferringChannel.<IOException>sneaky(t);
    }
  }

  private static DeferringChannel access() {
    return Objects.requireNonNull(ACCESS);
  }

  private static DeferredConnect of(SocketChannel self) {
    return (DeferredConnect) access().state.get(self);
  }

  /** In the place of {@link SocketChannel#connect}. */
  static boolean connect(SocketChannel self, SocketAddress remote) throws Throwable {
    DeferredConnect deferred = of(self);
    boolean on = deferred.before(remote);
    boolean connected = (boolean) access().connect.invokeExact(self, remote);
    if (on && connected) {
      deferred.begin(remote);
    }
    return connected;
  }

  /** In the place of {@link SocketChannel#write(ByteBuffer)}. */
  static int write(SocketChannel self, ByteBuffer source) throws Throwable {
    DeferredConnect deferred = of(self);
    if (!deferred.isWaiting()) {
      return (int) access().write.invokeExact(self, source);
    }
    int written;
    try {
      written = (int) access().write.invokeExact(self, source);
    } catch (IOException e) {
      written = deferred.nothingWritten(e);
    }
    deferred.written(written);
    return written;
  }

  /** In the place of {@link SocketChannel#write(ByteBuffer[], int, int)}. */
  static long write(SocketChannel self, ByteBuffer[] sources, int offset, int length)
      throws Throwable {
    DeferredConnect deferred = of(self);
    if (!deferred.isWaiting()) {
      return (long) access().gather.invokeExact(self, sources, offset, length);
    }
    long written;
    try {
      written = (long) access().gather.invokeExact(self, sources, offset, length);
    } catch (IOException e) {
      written = deferred.nothingWritten(e);
    }
    deferred.written(written);
    return written;
  }

  /**
   * In the place of {@code implConfigureBlocking}. A connect does not stay deferred in blocking
   * mode: a read would wait for a write, and a signal during that write have it sent twice.
   */
  static void implConfigureBlocking(SocketChannel self, boolean block) throws Throwable {
    if (block) {
      of(self).sendSynNow();
    }
    access().configureBlocking.invokeExact(self, block);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T sneaky(Throwable t) throws T {
    throw (T) t;
  }
}
