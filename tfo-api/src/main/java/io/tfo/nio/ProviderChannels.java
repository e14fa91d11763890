package io.tfo.nio;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SelectorProviderSupport;
import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the installed backends offer for NIO channels: deferred connects, and listeners that accept
 * TCP Fast Open. Looked up when the process opens its first channel.
 *
 * <p>Backends open channels themselves while they are probed, which leads back here. Until the
 * look-up has ended, and where it fails, every caller gets the JDK's own channels. No caller waits.
 */
final class ProviderChannels {
  private final SelectorProvider jdk;
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile @Nullable Found found;

  ProviderChannels(SelectorProvider jdk) {
    this.jdk = jdk;
  }

  /**
   * What the look-up found.
   *
   * @param deferring null if no backend defers connects, or the settings name no port
   * @param accepting null if no backend switches listeners on, or the settings forbid it
   */
  private record Found(
      String summary,
      @Nullable SocketChannelOpener deferring,
      @Nullable SelectorProviderSupport accepting,
      int backlog) {
    static Found nothing(String why) {
      return new Found(why, null, null, 0);
    }
  }

  SocketChannel openSocketChannel(@Nullable ProtocolFamily family) throws IOException {
    SocketChannelOpener deferring = get().deferring();
    if (deferring != null) {
      return deferring.open(family);
    }
    return family == null ? jdk.openSocketChannel() : jdk.openSocketChannel(family);
  }

  ServerSocketChannel accepting(ServerSocketChannel channel) {
    Found now = get();
    SelectorProviderSupport accepting = now.accepting();
    if (accepting != null) {
      accepting.acceptFastOpen(channel, now.backlog());
    }
    return channel;
  }

  private Found get() {
    Found known = found;
    if (known != null) {
      return known;
    }
    if (!looking.compareAndSet(false, true)) {
      return Found.nothing("not looked for yet");
    }
    try {
      Optional<List<FastOpenBackend>> candidates = FastOpenBackends.candidates();
      if (candidates.isEmpty()) {
        return Found.nothing("the choice of a backend is under way on this thread");
      }
      Found now = look(candidates.get(), ProviderSettings.of(System.getProperties()));
      found = now;
      return now;
    } catch (RuntimeException | Error e) {
      Found nothing = Found.nothing(String.valueOf(e.getMessage()));
      found = nothing;
      System.getLogger("io.tfo")
          .log(System.Logger.Level.WARNING, "TCP Fast Open is left out of NIO channels: " + e);
      return nothing;
    } finally {
      looking.set(false);
    }
  }

  private Found look(List<FastOpenBackend> candidates, ProviderSettings settings) {
    String deferrer = "no backend";
    SocketChannelOpener deferring = null;
    String acceptor = "no backend";
    SelectorProviderSupport accepting = null;
    for (FastOpenBackend backend : candidates) {
      if (backend instanceof SelectorProviderSupport hook) {
        if (deferring == null && settings.defers()) {
          deferring = hook.deferring(jdk, settings.which(), settings.firstWrite()).orElse(null);
          deferrer = deferring == null ? deferrer : backend.name();
        }
        if (settings.backlog() > 0 && backend.listener() == FastOpenListener.system()) {
          accepting = hook;
          acceptor = backend.name();
        }
      }
    }
    return new Found(
        "%s; connects are deferred by %s; listeners are switched on by %s"
            .formatted(settings, deferrer, acceptor),
        deferring,
        accepting,
        settings.backlog());
  }

  @Override
  public String toString() {
    return get().summary();
  }
}
