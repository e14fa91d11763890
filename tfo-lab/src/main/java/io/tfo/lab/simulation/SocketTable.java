package io.tfo.lab.simulation;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The state that a simulated kernel keeps of each socket, in addition to Linux' own. It is
 * forgotten when the descriptor is used for another socket.
 *
 * @param <S> the state of a socket
 */
public final class SocketTable<S> {
  private record Entry<S>(long cookie, S state) {}

  private final Map<Integer, Entry<S>> entries = new ConcurrentHashMap<>();
  private final IntFunction<S> fresh;

  /**
   * Creates an empty table.
   *
   * @param fresh creates the state of a socket, by its descriptor
   */
  public SocketTable(IntFunction<S> fresh) {
    this.fresh = fresh;
  }

  /** Returns the state of a socket; null if the descriptor is not an open socket. */
  public @Nullable S find(int fd) {
    long cookie = LinuxCalls.cookie(fd);
    if (cookie < 0) {
      return null;
    }
    return entries
        .compute(
            fd,
            (number, known) ->
                known != null && known.cookie() == cookie
                    ? known
                    : new Entry<>(cookie, fresh.apply(fd)))
        .state();
  }

  /** Gives a state to the socket that a descriptor refers to now. */
  public void put(int fd, S state) {
    entries.put(fd, new Entry<>(LinuxCalls.cookie(fd), state));
  }

  /** Forgets the state of a socket. */
  public void remove(int fd) {
    entries.remove(fd);
  }

  /** Returns the states of all sockets, of some that are closed, too. */
  public Stream<S> states() {
    return entries.values().stream().map(Entry::state);
  }
}
