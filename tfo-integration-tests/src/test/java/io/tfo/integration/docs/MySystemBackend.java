package io.tfo.integration.docs;

import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import org.jspecify.annotations.Nullable;

// The documented example of a backend: see SnippetsTest.
// snippet
public final class MySystemBackend extends JnaBackend {
  public MySystemBackend() {
    super("my-system", 50, foreign(System.getProperty("os.name")));
  }

  private static @Nullable String foreign(String system) {
    return system.equals("MySystem") ? null : "works on MySystem; this is " + system;
  }

  @Override
  protected NativeTcp load() {
    return MySystemTcp.load();
  }
}
// end
