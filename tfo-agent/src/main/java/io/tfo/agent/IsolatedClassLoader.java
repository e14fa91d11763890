package io.tfo.agent;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.nio.file.Path;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.security.ProtectionDomain;
import java.util.Collections;
import java.util.Enumeration;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * Loads the library, its backends and JNA from a folder inside the agent's jar. It sees the JDK,
 * and no class of the application: copies of the library or of JNA in the application and in this
 * loader do not affect each other.
 */
final class IsolatedClassLoader extends ClassLoader {
  static {
    ClassLoader.registerAsParallelCapable();
  }

  /** {@code io.tfo.BackendSelection} recognises the agent by this name. */
  private static final String NAME = "tfo-agent";

  private static final String FOLDER = "isolated/";

  private static final String LIBRARY = "io.tfo.";

  private final JarFile jar;

  /** The domain of the agent's jar: a policy grants the library the same permissions. */
  private final ProtectionDomain domain = IsolatedClassLoader.class.getProtectionDomain();

  /**
   * Opens the jar, which stays open.
   *
   * @throws IOException if it cannot be read
   */
  IsolatedClassLoader(Path jar) throws IOException {
    super(NAME, ClassLoader.getPlatformClassLoader());
    this.jar = new JarFile(jar.toFile());
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    try {
      byte[] file = read(name.replace('.', '/') + ".class");
      if (file == null) {
        throw new ClassNotFoundException(name);
      }
      definePackageOf(name);
      return defineClass(name, file, 0, file.length, domain);
    } catch (IOException e) {
      throw new ClassNotFoundException(name, e);
    }
  }

  /** Defines a package with its version, which the library reports. */
  private void definePackageOf(String name) throws IOException {
    String folder = name.substring(0, name.lastIndexOf('.'));
    if (name.startsWith(LIBRARY) && getDefinedPackage(folder) == null) {
      String version = jar.getManifest().getMainAttributes().getValue("Implementation-Version");
      try {
        Package unused = definePackage(folder, null, null, null, null, version, null, null);
      } catch (IllegalArgumentException e) {
        // Another thread has defined it.
      }
    }
  }

  private byte @Nullable [] read(String name) throws IOException {
    ZipEntry entry = jar.getEntry(FOLDER + name);
    if (entry == null) {
      return null;
    }
    try (InputStream in = jar.getInputStream(entry)) {
      return in.readAllBytes();
    }
  }

  @Override
  public @Nullable InputStream getResourceAsStream(String name) {
    try {
      byte[] own = read(name);
      return own == null ? super.getResourceAsStream(name) : new ByteArrayInputStream(own);
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  @SuppressWarnings("removal")
  protected @Nullable URL findResource(String name) {
    return jar.getEntry(FOLDER + name) == null
        ? null
        : AccessController.doPrivileged((PrivilegedAction<@Nullable URL>) () -> url(name));
  }

  @Override
  protected Enumeration<URL> findResources(String name) {
    URL found = findResource(name);
    return found == null
        ? Collections.emptyEnumeration()
        : Collections.enumeration(Collections.singleton(found));
  }

  /** Creates a URL with its own handler: for a jar URL the JDK would keep one more file open. */
  private @Nullable URL url(String name) {
    try {
      return new URL(null, NAME + ":/" + name, new Handler());
    } catch (MalformedURLException e) {
      return null;
    }
  }

  /** Opens the resources that {@link #url} names. */
  private final class Handler extends URLStreamHandler {
    @Override
    protected URLConnection openConnection(URL url) {
      return new URLConnection(url) {
        @Override
        public void connect() {}

        @Override
        public InputStream getInputStream() throws IOException {
          byte[] file = read(url.getPath().substring(1));
          if (file == null) {
            throw new IOException(url + " is missing");
          }
          return new ByteArrayInputStream(file);
        }
      };
    }
  }
}
