package io.tfo.agent.inside;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.security.ProtectionDomain;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Makes {@code Socket.connect} and {@code ServerSocket.bind} call hooks, by a call that is added to
 * each. So a program's own {@code setSocketImplFactory} works as it does without the agent, and
 * everything except these calls is the JDK's.
 */
final class JdkHooks {
  private static final String NAME = "java/net/FastOpenHooks";
  private static final MethodName CONNECT =
      new MethodName("java/net/Socket", "connect", "(Ljava/net/SocketAddress;I)V");
  private static final MethodName BIND =
      new MethodName("java/net/ServerSocket", "bind", "(Ljava/net/SocketAddress;I)V");

  private static final Map<String, FirstCall> EDITS =
      Map.of(
          CONNECT.owner(),
          new FirstCall(
              CONNECT,
              new MethodName(NAME, "connect", "(Ljava/net/Socket;Ljava/net/SocketAddress;I)Z")),
          BIND.owner(),
          new FirstCall(
              BIND,
              new MethodName(NAME, "bind", "(Ljava/net/ServerSocket;Ljava/net/SocketAddress;I)Z")));

  private static @Nullable Class<?> defined;

  private final VarHandle connect;
  private final VarHandle bind;

  private JdkHooks(MethodHandles.Lookup hooks) throws ReflectiveOperationException {
    Class<?> type = hooks.lookupClass();
    connect = hooks.findStaticVarHandle(type, "connect", BiConsumer.class);
    bind = hooks.findStaticVarHandle(type, "bind", BiPredicate.class);
  }

  /**
   * Adds the calls.
   *
   * @param trusted may define classes in packages of the JDK
   * @throws IllegalArgumentException if this JDK's methods do not have the known form
   */
  static JdkHooks install(Instrumentation instrumentation, MethodHandles.Lookup trusted)
      throws IOException, ReflectiveOperationException, UnmodifiableClassException {
    JdkHooks hooks = new JdkHooks(trusted.in(hooksClass(trusted)));
    Edits edits = new Edits();
    instrumentation.addTransformer(edits, true);
    boolean isDone = false;
    try {
      instrumentation.retransformClasses(Socket.class, ServerSocket.class);
      RuntimeException failure = edits.failure;
      if (failure != null) {
        throw failure;
      }
      isDone = true;
    } finally {
      if (!isDone) {
        instrumentation.removeTransformer(edits);
      }
    }
    return hooks;
  }

  /**
   * Defines the class once, since the JVM does not define it again: an attach after one that failed
   * gets the same class.
   */
  private static synchronized Class<?> hooksClass(MethodHandles.Lookup trusted)
      throws IOException, IllegalAccessException {
    Class<?> before = defined;
    if (before != null) {
      return before;
    }
    try (InputStream file = JdkHooks.class.getResourceAsStream("FastOpenHooks.classfile")) {
      if (file == null) {
        throw new FileNotFoundException("FastOpenHooks.classfile");
      }
      Class<?> now = trusted.in(Socket.class).defineClass(file.readAllBytes());
      defined = now;
      return now;
    }
  }

  void onConnect(@Nullable BiConsumer<Socket, SocketAddress> hook) {
    connect.setVolatile(hook);
  }

  void onBind(@Nullable BiPredicate<ServerSocket, Object[]> hook) {
    bind.setVolatile(hook);
  }

  /**
   * Adds the calls. It stays registered, for the case that another agent makes the JVM transform a
   * class again.
   */
  private static final class Edits implements ClassFileTransformer {
    private volatile @Nullable RuntimeException failure;

    @Override
    public byte @Nullable [] transform(
        @Nullable ClassLoader loader,
        @Nullable String name,
        @Nullable Class<?> redefined,
        @Nullable ProtectionDomain domain,
        byte[] file) {
      FirstCall edit = loader == null && name != null ? EDITS.get(name) : null;
      if (edit == null) {
        return null;
      }
      try {
        return ClassFile.changed(file, edit);
      } catch (RuntimeException e) {
        failure = e;
        return null;
      }
    }
  }
}
