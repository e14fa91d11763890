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
 * What the backends do for the process's channels, looked for when the first channel is opened.
 *
 * <p>Backends open channels to try themselves, and so come here again while they are looked for, on
 * the same thread or on another that initialises the same classes. Whoever comes meanwhile gets the
 * JDK's channels, and waits for nothing. So does everybody where anything is wrong.
 */
final class ChannelHooks {
  private final SelectorProvider jdk;
  private final AtomicBoolean looking = new AtomicBoolean();
  private volatile @Nullable Found found;

  ChannelHooks(SelectorProvider jdk) {
    this.jdk = jdk;
  }

  /** What is used; null for that which nobody offers, or the settings leave alone. */
  private record Found(
      String summary,
      ChannelHook.@Nullable Channels deferring,
      @Nullable ChannelHook accepting,
      int backlog) {
    static Found nothing(String why) {
      return new Found(why, null, null, 0);
    }
  }

  SocketChannel openSocketChannel(@Nullable ProtocolFamily family) throws IOException {
    ChannelHook.Channels deferring = get().deferring();
    if (deferring != null) {
      return deferring.open(family);
    }
    return family == null ? jdk.openSocketChannel() : jdk.openSocketChannel(family);
  }

  ServerSocketChannel accepting(ServerSocketChannel channel) {
    Found now = get();
    ChannelHook accepting = now.accepting();
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
      Selection selection = Selection.SYSTEM;
      if (selection == null) {
        return Found.nothing("this thread is just making it");
      }
      Found now = look(selection, ProviderSettings.of(System.getProperties()));
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

  private Found look(Selection selection, ProviderSettings settings) {
    String deferrer = "nobody";
    ChannelHook.Channels deferring = null;
    String acceptor = "nobody";
    ChannelHook accepting = null;
    for (FastOpenBackend backend : selection.candidates()) {
      if (backend instanceof ChannelHook hook) {
        if (deferring == null && settings.defers()) {
          deferring = hook.deferring(jdk, settings.which(), settings.silence()).orElse(null);
          deferrer = deferring == null ? deferrer : backend.name();
        }
        if (settings.backlog() > 0 && backend.listener() == selection.listener()) {
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
