import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Lays out the agent's jar as a folder. At the top: what the JDK finds on the system class path. In
 * {@code isolated}: all else of the module, and its dependencies. Lists of services are joined.
 *
 * <p>Arguments: the module's classes, the folder, and the class path.
 */
final class PackAgent {
  private static final String ISOLATED = "isolated/";
  private static final String SERVICES = "META-INF/services/";

  /** The manifests and licences of the parts: the jar has its own. JNA's have names of their own. */
  private static final String LEFT_OUT =
      "META-INF/MANIFEST\\.MF|META-INF/(LICENSE|NOTICE)|META-INF/maven/.*|META-INF/versions/.*|"
          + "META-INF/.*\\.(SF|DSA|RSA)|module-info\\.class|.*/";

  private final Map<String, byte[]> files = new TreeMap<>();

  public static void main(String[] arguments) throws IOException {
    Path classes = Path.of(arguments[0]);
    Path target = Path.of(arguments[1]);
    PackAgent agent = new PackAgent();
    for (String entry : arguments[2].split(java.io.File.pathSeparator)) {
      Path part = Path.of(entry);
      if (!part.equals(classes)) {
        agent.add(part, name -> ISOLATED + name);
      }
    }
    agent.add(classes, PackAgent::place);
    for (String licence : List.of("META-INF/LICENSE", "META-INF/NOTICE")) {
      agent.files.put(licence, Files.readAllBytes(classes.resolve(licence)));
    }
    agent.write(target);
  }

  private static String place(String name) {
    return name.matches("io/tfo/agent/[^/]*") ? name : ISOLATED + name;
  }

  private void add(Path part, java.util.function.UnaryOperator<String> place) throws IOException {
    if (Files.isDirectory(part)) {
      addTree(part, place);
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(part)) {
        addTree(jar.getPath("/"), place);
      }
    }
  }

  private void addTree(Path root, java.util.function.UnaryOperator<String> place)
      throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        String name = root.relativize(file).toString().replace('\\', '/');
        if (!name.matches(LEFT_OUT)) {
          add(place.apply(name), file);
        }
      }
    }
  }

  private void add(String name, Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    byte[] before = files.get(name);
    if (before == null) {
      files.put(name, content);
    } else if (name.startsWith(ISOLATED + SERVICES)) {
      ByteArrayOutputStream both = new ByteArrayOutputStream();
      both.writeBytes(before);
      both.write('\n');
      both.writeBytes(content);
      files.put(name, both.toByteArray());
    } else {
      throw new IOException("two files " + name);
    }
  }

  private void write(Path target) throws IOException {
    if (Files.exists(target)) {
      try (Stream<Path> old = Files.walk(target)) {
        old.sorted(java.util.Comparator.reverseOrder()).forEach(PackAgent::delete);
      }
    }
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = target.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
  }

  private static void delete(Path path) {
    try {
      Files.delete(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
