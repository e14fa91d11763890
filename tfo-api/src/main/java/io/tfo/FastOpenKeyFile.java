package io.tfo;

import io.tfo.log.ProgramLog;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a file, read again when the file changes. It is UTF-8 text and has either
 *
 * <ul>
 *   <li>one line with keys, in the form of {@link FastOpenKeys#parse}: what {@code sysctl -n
 *       net.ipv4.tcp_fastopen_key} prints; or
 *   <li>a line {@code secret TEXT} and a line {@code period PT24H}, from which the keys are derived
 *       as {@link FastOpenKeySchedule} says. The secret is the bytes of the text, without the white
 *       space around it.
 * </ul>
 *
 * <p>Empty lines and lines that begin with {@code #} are left out.
 *
 * <p>Only the file's owner and its group may have rights to it, and the group must not be able to
 * write it. A symbolic link is followed, so that a file can be replaced atomically, as Kubernetes
 * does with a mounted secret. A changed file is read only after two checks, about a second apart,
 * have found it the same: before that it may be half-written. While it is missing, malformed or
 * open to others, the previous keys stay, and {@link #problem()} tells the reason.
 *
 * <p>Safe for use by multiple threads.
 */
public final class FastOpenKeyFile implements FastOpenKeySource {
  private static final int MOST_BYTES = 4096;

  /**
   * The least time between two checks: a little less than the second between those of a listener,
   * and more than a writer needs.
   */
  private static final long APART = Duration.ofMillis(900).toNanos();

  private static final Set<PosixFilePermission> REFUSED =
      EnumSet.of(
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE,
          PosixFilePermission.OTHERS_EXECUTE,
          PosixFilePermission.GROUP_WRITE);

  private final Path path;
  private final LongSupplier nanoTime;
  private FastOpenKeySource source;
  private @Nullable Look taken;
  private @Nullable Look seen;
  private long seenAt;
  private @Nullable String problem;

  /** The attributes that distinguish two versions of a file. */
  private record Look(
      FileTime modified, long size, @Nullable Object key, Set<PosixFilePermission> permissions) {
    static Look at(Path path) throws IOException {
      try {
        PosixFileAttributes file = Files.readAttributes(path, PosixFileAttributes.class);
        if (!file.isRegularFile()) {
          throw new IOException("it is not a regular file");
        }
        return new Look(file.lastModifiedTime(), file.size(), file.fileKey(), file.permissions());
      } catch (NoSuchFileException e) {
        throw new IOException("there is no such file", e);
      } catch (UnsupportedOperationException e) {
        throw new IOException("its file system has no POSIX permissions to check", e);
      }
    }

    void requireClosedToOthers() throws IOException {
      Set<PosixFilePermission> open = EnumSet.copyOf(REFUSED);
      open.retainAll(permissions);
      if (!open.isEmpty()) {
        throw new IOException("it is open to others (" + open + "): chmod 600 it");
      }
    }
  }

  private FastOpenKeyFile(Path path, LongSupplier nanoTime) throws IOException {
    this.path = path;
    this.nanoTime = nanoTime;
    try {
      Look look = Look.at(path);
      this.source = read(look);
      this.taken = look;
    } catch (IOException e) {
      throw new IOException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads a file.
   *
   * @param path the file
   * @return its keys
   * @throws IOException if it is missing, malformed or open to others; the message says which, and
   *     has no part of the content
   */
  public static FastOpenKeyFile of(Path path) throws IOException {
    return of(path, System::nanoTime);
  }

  static FastOpenKeyFile of(Path path, LongSupplier nanoTime) throws IOException {
    return new FastOpenKeyFile(path, nanoTime);
  }

  /** Returns the keys, after a check whether the file has changed. */
  @Override
  public synchronized FastOpenKeys keysAt(Instant time) throws IOException {
    look();
    return source.keysAt(time);
  }

  /**
   * Returns why the last check did not accept the file.
   *
   * @return the reason; empty if the keys are those of the file
   */
  public synchronized Optional<String> problem() {
    return Optional.ofNullable(problem);
  }

  private void look() {
    try {
      Look now = Look.at(path);
      if (now.equals(taken)) {
        problem = null;
        seen = null;
      } else if (!now.equals(seen)) {
        seen = now;
        seenAt = nanoTime.getAsLong();
      } else if (nanoTime.getAsLong() - seenAt >= APART) { // several listeners may look at once
        source = read(now);
        taken = now;
        problem = null;
      }
    } catch (IOException e) {
      tell(path + ": " + e.getMessage());
    }
  }

  private void tell(String reason) {
    if (!reason.equals(problem)) {
      problem = reason;
      ProgramLog.log(
          System.Logger.Level.WARNING, "listeners keep the keys that they have: " + reason);
    }
  }

  private FastOpenKeySource read(Look look) throws IOException {
    look.requireClosedToOthers();
    byte[] content = content();
    try {
      if (!Look.at(path).equals(look)) {
        throw new IOException("it changed while it was read");
      }
      return KeyFileText.parse(content);
    } catch (IllegalArgumentException e) {
      throw new IOException(e.getMessage(), e);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  private byte[] content() throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] content = in.readNBytes(MOST_BYTES + 1);
      if (content.length == 0) {
        throw new IOException("it is empty");
      }
      if (content.length > MOST_BYTES) {
        throw new IOException("it has more than " + MOST_BYTES + " bytes");
      }
      return content;
    }
  }

  /** Returns the path; the text contains no part of a key. */
  @Override
  public String toString() {
    return "FastOpenKeyFile[" + path + "]";
  }
}
