package io.tfo.spi;

import io.tfo.FastOpenKeyFile;
import io.tfo.FastOpenKeySource;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes listeners follow a source of keys. It also knows the source of the whole process: the file
 * that the system property {@code io.tfo.keyFile} names.
 *
 * <p>Code that switches a listener on gives it the process's keys by one call of {@link
 * #followProcess}, before it listens or after it. The listeners of {@code tfo-jna} do that for all
 * that is switched on through them.
 */
public final class ListenerKeys {
  private static final String PROPERTY = "io.tfo.keyFile";

  private static final KeyRotation ROTATION =
      new KeyRotation(Clock.systemUTC(), Duration.ofSeconds(1));

  private static final @Nullable ProcessFile PROCESS = processFile();

  private ListenerKeys() {}

  /**
   * The process's file, which may become readable later. Under a security manager, as JDK 17 has,
   * the program that opens a listener needs no permission to read it.
   */
  private static final class ProcessFile implements FastOpenKeySource {
    private final String path;
    private @Nullable FastOpenKeyFile file;
    private @Nullable String problem;

    ProcessFile(String path) {
      this.path = path;
    }

    @Override
    @SuppressWarnings("removal")
    public FastOpenKeys keysAt(Instant time) throws IOException {
      try {
        return AccessController.doPrivileged(
            (PrivilegedExceptionAction<FastOpenKeys>) () -> read(time));
      } catch (PrivilegedActionException e) {
        throw (IOException) e.getException(); // no other is declared
      }
    }

    private synchronized FastOpenKeys read(Instant time) throws IOException {
      try {
        FastOpenKeyFile readable = file;
        if (readable == null) {
          readable = FastOpenKeyFile.of(Path.of(path));
          file = readable;
        }
        problem = null;
        return readable.keysAt(time);
      } catch (IOException e) {
        problem = e.getMessage();
        throw e;
      } catch (InvalidPathException e) {
        problem = e.getMessage();
        throw new IOException("-D" + PROPERTY + ": " + e.getMessage(), e);
      }
    }

    /** Returns why the file is not in use. Reads the file if no listener has done so yet. */
    synchronized Optional<String> problem() {
      if (file == null) {
        try {
          keysAt(Clock.systemUTC().instant()).close();
        } catch (IOException e) {
          return Optional.ofNullable(problem);
        } catch (RuntimeException e) { // such as of a security manager
          return Optional.of(path + ": " + e);
        }
      }
      return file == null ? Optional.ofNullable(problem) : file.problem();
    }
  }

  @SuppressWarnings("removal")
  private static @Nullable ProcessFile processFile() {
    try {
      String path =
          AccessController.doPrivileged(
              (PrivilegedAction<@Nullable String>) () -> System.getProperty(PROPERTY));
      return path == null || path.isBlank() ? null : new ProcessFile(path);
    } catch (SecurityException e) {
      return null;
    }
  }

  /**
   * Gives a channel the keys of the process, now and whenever they change, until it is closed. Does
   * nothing if the property is not set. If the keys cannot be read, the reason is logged, and the
   * file is read again later.
   *
   * @param channel an open channel, which listens or is going to
   * @param listener sets its keys
   */
  public static void followProcess(ServerSocketChannel channel, FastOpenListener listener) {
    if (PROCESS != null) {
      begin(channel, new ChannelAccess(listener), PROCESS);
    }
  }

  /**
   * Gives a server socket the keys of the process, in the same way.
   *
   * @param socket an open server socket, which listens or is going to
   * @param support sets its keys
   */
  public static void followProcess(ServerSocket socket, ServerSocketSupport support) {
    if (PROCESS != null) {
      begin(socket, new SocketAccess(support), PROCESS);
    }
  }

  /**
   * Gives an asynchronous channel the keys of the process, in the same way.
   *
   * @param channel an open channel, which listens or is going to
   * @param setter sets its keys
   */
  public static void followProcess(AsynchronousServerSocketChannel channel, KeySetter setter) {
    if (PROCESS != null) {
      begin(channel, new AsynchronousAccess(setter), PROCESS);
    }
  }

  /** Sets the keys of one listener. */
  @FunctionalInterface
  public interface KeySetter {
    /**
     * Sets the keys.
     *
     * @param keys the keys
     * @return whether the listener has them now
     * @throws IOException if the listener is closed, or the system cannot be asked
     */
    boolean setKeys(FastOpenKeys keys) throws IOException;
  }

  private static <T> void begin(
      T listener, KeyRotation.Access<T> access, FastOpenKeySource source) {
    FastOpenKeys keys = null;
    String problem = null;
    try {
      keys = source.keysAt(Clock.systemUTC().instant());
      if (!access.setKeys(listener, keys)) {
        keys.close();
        return;
      }
    } catch (IOException | RuntimeException e) {
      if (keys != null) {
        keys.close();
        keys = null; // so that they are set again
      }
      problem = KeyRotation.reason(e);
      KeyRotation.warn("a listener keeps the machine's keys: " + problem);
    }
    ROTATION.followFrom(listener, access, source, keys, problem);
  }

  /**
   * Makes a channel follow a source until the channel is closed. A daemon thread asks the source
   * for keys once a second, and sets those that differ. The channel follows no other source from
   * then on.
   *
   * @param channel an open channel, which has the keys {@code current}
   * @param listener sets its keys
   * @param source the source
   * @param current a copy, which is closed by this class
   */
  public static void follow(
      ServerSocketChannel channel,
      FastOpenListener listener,
      FastOpenKeySource source,
      FastOpenKeys current) {
    ROTATION.follow(channel, new ChannelAccess(listener), source, current);
  }

  /**
   * Makes a server socket follow a source, in the same way.
   *
   * @param socket an open server socket, which has the keys {@code current}
   * @param support sets its keys
   * @param source the source
   * @param current a copy, which is closed by this class
   */
  public static void follow(
      ServerSocket socket,
      ServerSocketSupport support,
      FastOpenKeySource source,
      FastOpenKeys current) {
    ROTATION.follow(socket, new SocketAccess(support), source, current);
  }

  /**
   * Ends the following of any source by a channel or a server socket: it keeps the keys that it
   * has.
   *
   * @param listener the channel or the socket
   */
  public static void unfollow(Object listener) {
    ROTATION.end(listener);
  }

  /**
   * Tells why the process's listeners do not have the keys of its file as it is now.
   *
   * @return the reason; empty if they have them, or the property is not set
   */
  public static Optional<String> processProblem() {
    return PROCESS == null ? Optional.empty() : PROCESS.problem();
  }

  private record ChannelAccess(FastOpenListener listener)
      implements KeyRotation.Access<ServerSocketChannel> {
    @Override
    public boolean isOpen(ServerSocketChannel channel) {
      return channel.isOpen();
    }

    @Override
    public boolean setKeys(ServerSocketChannel channel, FastOpenKeys keys) throws IOException {
      return listener.setKeys(channel, keys);
    }
  }

  private record SocketAccess(ServerSocketSupport support)
      implements KeyRotation.Access<ServerSocket> {
    @Override
    public boolean isOpen(ServerSocket socket) {
      return !socket.isClosed();
    }

    @Override
    public boolean setKeys(ServerSocket socket, FastOpenKeys keys) throws IOException {
      return support.setKeys(socket, keys);
    }
  }

  private record AsynchronousAccess(KeySetter setter)
      implements KeyRotation.Access<AsynchronousServerSocketChannel> {
    @Override
    public boolean isOpen(AsynchronousServerSocketChannel channel) {
      return channel.isOpen();
    }

    @Override
    public boolean setKeys(AsynchronousServerSocketChannel channel, FastOpenKeys keys)
        throws IOException {
      return setter.setKeys(keys);
    }
  }
}
