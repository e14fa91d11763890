package io.tfo.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.tfo.test.ChildJvm;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import org.apache.maven.plugins.shade.DefaultShader;
import org.apache.maven.plugins.shade.ShadeRequest;
import org.apache.maven.plugins.shade.filter.Filter;
import org.apache.maven.plugins.shade.relocation.SimpleRelocator;
import org.apache.maven.plugins.shade.resource.ServicesResourceTransformer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** An application in one jar with the library, which {@code maven-shade-plugin} has relocated. */
@EnabledOnOs(OS.LINUX)
class ShadeTest {
  private static final String RELOCATED = "application.shaded.tfo";

  @TempDir private Path folder;

  @Test
  void aRelocatedLibrarySendsDataInTheSyn() throws Exception {
    List<Path> path = new ArrayList<>(PackagedApplication.modules());
    path.add(Path.of(ChildJvm.home(Native.class)));
    Path classes = folder.resolve("classes");
    PackagedApplication.compile(classes, path);
    path.add(classes);

    Path jar = folder.resolve("application.jar");
    shade(path, jar);

    assertThat(names(jar))
        .contains("application/Main.class", "application/shaded/tfo/FastOpenConnector.class")
        .noneMatch(name -> name.startsWith("io/tfo/"));
    PackagedApplication.expectFastOpen(
        folder,
        Path.of(System.getProperty("java.home"), "bin", "java"),
        RELOCATED,
        List.of("-cp", jar.toString(), "application.Main"));
  }

  private static void shade(List<Path> path, Path jar) throws Exception {
    Set<File> jars = path.stream().map(Path::toFile).collect(Collectors.toSet());
    ShadeRequest request = new ShadeRequest();
    request.setJars(jars);
    request.setUberJar(jar.toFile());
    request.setFilters(List.of(new Descriptors()));
    request.setRelocators(List.of(new SimpleRelocator("io.tfo", RELOCATED, null, null)));
    request.setResourceTransformers(List.of(new ServicesResourceTransformer()));
    new DefaultShader().shade(request);
  }

  private static List<String> names(Path jar) throws Exception {
    try (JarFile file = new JarFile(jar.toFile())) {
      return file.stream().map(entry -> entry.getName()).toList();
    }
  }

  /** Leaves out the descriptors of the modules: none is that of the whole jar. */
  private static final class Descriptors implements Filter {
    @Override
    public boolean canFilter(File jar) {
      return true;
    }

    @Override
    public boolean isFiltered(String name) {
      return name.endsWith("module-info.class") || name.equals("META-INF/MANIFEST.MF");
    }

    @Override
    public void finished() {}
  }
}
