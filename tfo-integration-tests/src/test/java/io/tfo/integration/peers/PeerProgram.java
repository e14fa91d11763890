package io.tfo.integration.peers;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that is not in Java: built from src/test/peers, or installed. */
enum PeerProgram {
  RUST("cargo", "tokio-tfo", List.of("cargo", "build", "--quiet", "--release")),
  GO("go", "tfo-go", List.of("go", "build", "-o", "peer", ".")),
  CURL("curl", "curl", List.of()),
  NGINX("nginx", "nginx", List.of()),
  HAPROXY("haproxy", "HAProxy", List.of());

  private static final Path SOURCES = Path.of("src", "test", "peers");
  private static final Path BUILT = Path.of("target", "peers");
  private static final long BUILD_MINUTES = 15;

  final String label;
  private final String tool;
  private final List<String> build;

  PeerProgram(String tool, String label, List<String> build) {
    this.tool = tool;
    this.label = label;
    this.build = build;
  }

  private static Optional<Path> find(String name) {
    return Stream.of((System.getenv("PATH") + ":/usr/local/sbin:/usr/sbin").split(":"))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private Path folder() {
    return BUILT.resolve(tool);
  }

  String path() {
    if (build.isEmpty()) {
      return find(tool).orElseThrow().toString();
    }
    return folder()
        .resolve(this == RUST ? Path.of("target", "release", "peer") : Path.of("peer"))
        .toAbsolutePath()
        .toString();
  }

  /** Builds it where it has to be built. Returns why it cannot be run; empty if it can. */
  Optional<String> whyMissing() throws IOException, InterruptedException {
    if (find(tool).isEmpty()) {
      return Optional.of(tool + " is not installed");
    }
    if (build.isEmpty()) {
      return Optional.empty();
    }
    copy(SOURCES.resolve(this == RUST ? "rust" : "go"), folder());
    File log = folder().resolve("log").toFile();
    Process process =
        new ProcessBuilder(build)
            .directory(folder().toFile())
            .redirectErrorStream(true)
            .redirectOutput(log)
            .start();
    boolean ended = process.waitFor(BUILD_MINUTES, TimeUnit.MINUTES);
    process.destroyForcibly().waitFor();
    if (!ended || process.exitValue() != 0) {
      return Optional.of("`" + String.join(" ", build) + "` failed");
    }
    return Optional.empty();
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = to.resolve(from.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.write(copy, Files.readAllBytes(file));
      }
    }
  }

  /** Its version, and that of its compiler. */
  String version() throws IOException, InterruptedException {
    return switch (this) {
      case RUST ->
          "tokio-tfo "
              + after("Cargo.toml", "tokio-tfo = \"=", "\"")
              + " by "
              + line("rustc", "-V");
      case GO -> "tfo-go " + after("go.mod", "tfo-go/v2 v", "\n") + " by " + line("go", "version");
      case CURL -> line("curl", "-V").replaceFirst("^(curl \\S+).*", "$1");
      case NGINX -> line("nginx", "-v").replace("nginx version: ", "");
      case HAPROXY -> line("haproxy", "-v").replaceFirst("version (\\S+).*", "$1");
    };
  }

  private String after(String file, String before, String behind) throws IOException {
    String text = Files.readString(SOURCES.resolve(this == RUST ? "rust" : "go").resolve(file));
    int start = text.indexOf(before) + before.length();
    return text.substring(start, text.indexOf(behind, start));
  }

  private static String line(String name, String argument)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(find(name).orElseThrow().toString(), argument)
            .redirectErrorStream(true)
            .start();
    String line = process.inputReader().readLine();
    process.destroyForcibly().waitFor();
    return line == null ? name : line;
  }
}
