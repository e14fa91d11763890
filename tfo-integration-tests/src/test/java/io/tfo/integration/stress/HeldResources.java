package io.tfo.integration.stress;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The resources that this process holds when it is idle, after garbage collections. */
record HeldResources(long descriptors, long threads, long heapKb, long residentKb) {
  private static final int COLLECTIONS = 5;

  static HeldResources take() throws IOException {
    long heap = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      heap =
          Math.min(heap, ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / 1024);
    }
    return new HeldResources(count("/proc/self/fd"), count("/proc/self/task"), heap, resident());
  }

  private static long count(String folder) throws IOException {
    try (Stream<Path> entries = Files.list(Path.of(folder))) {
      return entries.count();
    }
  }

  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }

  /** Returns what has grown by more than the JVM's own threads and files; empty if nothing. */
  String growthSince(HeldResources before, long mostResidentKb) {
    StringBuilder grown = new StringBuilder();
    more(grown, "descriptors", before.descriptors, descriptors, 8);
    more(grown, "threads", before.threads, threads, 8);
    more(grown, "KB of heap", before.heapKb, heapKb, 8 * 1024);
    more(grown, "KB resident", before.residentKb, residentKb, mostResidentKb);
    return grown.toString();
  }

  private static void more(StringBuilder grown, String what, long before, long now, long most) {
    if (now > before + most) {
      grown.append("%s: %d before, %d now; ".formatted(what, before, now));
    }
  }

  @Override
  public String toString() {
    return "descriptors %d, threads %d, heap %d KB, resident %d KB"
        .formatted(descriptors, threads, heapKb, residentKb);
  }
}
