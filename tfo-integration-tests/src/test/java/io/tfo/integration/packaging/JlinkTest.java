package io.tfo.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * An image of {@code jlink} with an application and all backends. JNA comes from {@code jna-jpms},
 * since {@code jlink} takes no automatic module.
 */
@EnabledOnOs(OS.LINUX)
class JlinkTest {
  private static final Path JNA =
      SourceTree.file("tfo-integration-tests/target/jna-module/jna-jpms.jar");

  @TempDir private Path folder;

  @Test
  void anImageSendsDataInTheSyn() throws Exception {
    assertThat(JNA).as("copied by the build in its phase process-test-resources").exists();
    List<Path> modules = new ArrayList<>(PackagedApplication.modules());
    modules.add(JNA);
    Path application = folder.resolve("application");
    PackagedApplication.compileModule(application, modules);
    modules.add(application);
    Path image = folder.resolve("image");

    PackagedApplication.tool(
        "jlink",
        List.of(
            "--module-path",
            PackagedApplication.path(modules),
            "--add-modules",
            "application",
            "--output",
            image.toString()));

    PackagedApplication.expectFastOpen(
        folder, image.resolve("bin/java"), "io.tfo", List.of("-m", "application/application.Main"));
  }
}
