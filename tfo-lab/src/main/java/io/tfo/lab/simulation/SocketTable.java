package io.tfo.lab.simulation;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** What a simulated kernel remembers of each socket, and forgets when its number is used again. */
public final class SocketTable<S> {
  private record Entry<S>(long cookie, S state) {}

  private final Map<Integer, Entry<S>> entries = new ConcurrentHashMap<>();
  private final Supplier<S> fresh;

  public SocketTable(Supplier<S> fresh) {
    this.fresh = fresh;
  }

  public S get(int fd) {
    long cookie = Linux.cookie(fd);
    return entries
        .compute(
            fd,
            (number, known) ->
                known != null && known.cookie() == cookie
                    ? known
                    : new Entry<>(cookie, fresh.get()))
        .state();
  }
}
