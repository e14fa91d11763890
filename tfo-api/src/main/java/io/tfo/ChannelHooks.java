package io.tfo;

import io.tfo.spi.ChannelHook;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The backends' channels, looked for when the first channel is opened.
 *
 * <p>Backends open channels to try themselves, and so come here again while they are looked for, on
 * the same thread or on another that initialises the same classes. Whoever comes meanwhile gets the
 * JDK's channels, and waits for nothing.
 */
final class ChannelHooks {
  private static final Found NOTHING_YET = new Found(null, null, null, null);

  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile @Nullable Found found;

  /** What the backends offer; null for that which none of them does. */
  record Found(
      @Nullable String deferrer,
      @Nullable ChannelHook deferring,
      @Nullable String acceptor,
      @Nullable ChannelHook accepting) {
    SocketChannel openSocketChannel(
        SelectorProvider jdk, @Nullable ProtocolFamily family, ProviderSettings settings)
        throws IOException {
      if (deferring != null) {
        return deferring.openDeferring(jdk, family, settings.which(), settings.silence());
      }
      return family == null ? jdk.openSocketChannel() : jdk.openSocketChannel(family);
    }

    void acceptFastOpen(ServerSocketChannel channel, int backlog) {
      if (accepting != null) {
        accepting.acceptFastOpen(channel, backlog);
      }
    }

    @Override
    public String toString() {
      return "connects are deferred by %s; listeners are switched on by %s"
          .formatted(
              deferrer == null ? "nobody" : deferrer, acceptor == null ? "nobody" : acceptor);
    }
  }

  Found get() {
    Found known = found;
    if (known != null) {
      return known;
    }
    if (!looking.compareAndSet(false, true)) {
      return NOTHING_YET;
    }
    try {
      Selection selection = Selection.SYSTEM;
      if (selection == null) {
        // This thread is just making it.
        return NOTHING_YET;
      }
      Found now = look(selection);
      found = now;
      return now;
    } catch (LinkageError e) {
      return NOTHING_YET;
    } finally {
      looking.set(false);
    }
  }

  private static Found look(Selection selection) {
    Found all = NOTHING_YET;
    for (FastOpenBackend backend : selection.candidates()) {
      if (backend instanceof ChannelHook hook) {
        if (all.deferring() == null && defers(hook)) {
          all = new Found(backend.name(), hook, all.acceptor(), all.accepting());
        }
        if (backend.listener() == selection.listener()) {
          all = new Found(all.deferrer(), all.deferring(), backend.name(), hook);
        }
      }
    }
    return all;
  }

  private static boolean defers(ChannelHook hook) {
    try {
      return hook.defers();
    } catch (RuntimeException | Error e) {
      return false;
    }
  }
}
