package io.tfo.jdk;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The registrations of a channel with epoll, made by the JDK's selectors. Epoll forgets a socket
 * that is replaced by another one under the same descriptor number, and the selectors do not
 * notice.
 *
 * <p>Its initialisation fails where this JDK denies access, or has changed these members.
 */
final class EpollRegistrations {
  private static final int EPOLL_CTL_ADD = 1;
  private static final int EPOLL_CTL_DEL = 2;

  private static final Class<?> SELECTOR;
  private static final MethodHandle FOR_EACH_KEY;
  private static final MethodHandle CTL;
  private static final VarHandle EPOLL;
  private static final VarHandle UPDATE_LOCK;
  private static final VarHandle REGISTERED_EVENTS;

  static {
    try {
      SELECTOR = Privileged.classForName("sun.nio.ch.EPollSelectorImpl");
      Class<?> key = Privileged.classForName("sun.nio.ch.SelectionKeyImpl");
      Class<?> epoll = Privileged.classForName("sun.nio.ch.EPoll");
      MethodHandles.Lookup trusted = TrustedLookup.read();
      FOR_EACH_KEY =
          trusted
              .in(AbstractSelectableChannel.class)
              .findVirtual(
                  AbstractSelectableChannel.class,
                  "forEach",
                  MethodType.methodType(void.class, Consumer.class));
      CTL =
          trusted
              .in(epoll)
              .findStatic(
                  epoll,
                  "ctl",
                  MethodType.methodType(int.class, int.class, int.class, int.class, int.class));
      EPOLL = trusted.in(SELECTOR).findVarHandle(SELECTOR, "epfd", int.class);
      UPDATE_LOCK = trusted.in(SELECTOR).findVarHandle(SELECTOR, "updateLock", Object.class);
      REGISTERED_EVENTS = trusted.in(key).findVarHandle(key, "registeredEvents", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private EpollRegistrations() {}

  /** Whether each selector that the channel is registered with uses epoll, in the known way. */
  static boolean areKnown(SocketChannel channel) {
    return keys(channel).stream()
        .allMatch(key -> !key.isValid() || SELECTOR.isInstance(key.selector()));
  }

  private static List<SelectionKey> keys(SocketChannel channel) {
    List<SelectionKey> keys = new ArrayList<>();
    Consumer<SelectionKey> add = keys::add;
    try {
      FOR_EACH_KEY.invokeExact((AbstractSelectableChannel) channel, add);
    } catch (Throwable e) {
      throw JdkSockets.unexpected(e);
    }
    return keys;
  }

  /** Registers the socket that is now under the number of a channel, for the same events. */
  static void renew(SocketChannel channel, int fd) {
    for (SelectionKey key : keys(channel)) {
      if (key.isValid() && SELECTOR.isInstance(key.selector())) {
        renew(key, key.selector(), fd);
      }
    }
  }

  /**
   * Renews a registration. Holds the lock under which a selector registers; a selector never waits
   * while it holds this lock. A key that is cancelled meanwhile is removed by its selector without
   * that lock: before this registration, or after it.
   */
  private static void renew(SelectionKey key, Selector selector, int fd) {
    synchronized (UPDATE_LOCK.get(selector)) {
      int events = (int) REGISTERED_EVENTS.get(key);
      if (events != 0) {
        control(selector, EPOLL_CTL_ADD, fd, events);
        if (!key.isValid()) {
          control(selector, EPOLL_CTL_DEL, fd, 0);
        }
      }
    }
  }

  /**
   * Calls epoll_ctl. A failure means that the selector has registered or removed the socket
   * already.
   */
  private static void control(Selector selector, int operation, int fd, int events) {
    try {
      int unused = (int) CTL.invokeExact((int) EPOLL.get(selector), operation, fd, events);
    } catch (Throwable e) {
      throw JdkSockets.unexpected(e);
    }
  }
}
