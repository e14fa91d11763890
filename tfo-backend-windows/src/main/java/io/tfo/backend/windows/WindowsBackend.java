package io.tfo.backend.windows;

import com.sun.jna.Native;
import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The provider of {@code windows}. */
public final class WindowsBackend extends JnaBackend {
  /** Creates the provider; loads nothing. */
  public WindowsBackend() {
    super("windows", 100, foreign(System.getProperty("os.name", "")));
  }

  /** Returns why this backend does not work there, or null if it may. */
  static @Nullable String foreign(String os) {
    return os.startsWith("Windows") ? null : "works on Windows; this is " + os;
  }

  @Override
  protected NativeTcp load() {
    return new WindowsTcp(
        WindowsSocketApi.load(),
        String.format(
            Locale.ROOT,
            "%s (%s)",
            System.getProperty("os.name"),
            System.getProperty("os.version")),
        Native.POINTER_SIZE);
  }

  /**
   * On a non-blocking channel the application calls {@code finishConnect}, in which the JDK does
   * not update the socket's context.
   */
  @Override
  public Optional<String> plainWhenNonBlocking() {
    return Optional.of(
        "ConnectEx needs setsockopt SO_UPDATE_CONNECT_CONTEXT at the end of the connect, and"
            + " finishConnect does not call it");
  }
}
