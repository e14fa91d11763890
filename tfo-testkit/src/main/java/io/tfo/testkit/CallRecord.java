package io.tfo.testkit;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A record of the calls that a backend makes to its system, and of the results, while it connects
 * to itself in a fixed order. If the system is real, the record shows what a simulated system must
 * do. A line that begins with {@code ==} starts a connect; one that begins with {@code *} shows
 * what the program sees. After {@code #} there are times, which are not compared.
 */
public final class CallRecord {
  private static final int MILLIS = 10_000;

  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private final Set<String> unrecorded;

  private CallRecord(Set<String> unrecorded) {
    this.unrecorded = unrecorded;
  }

  /**
   * Makes a backend connect, and records it.
   *
   * @param <T> the backend's interface to its system
   * @param type that interface; a call is a method that returns a result or a negative error
   * @param system the real or a simulated system
   * @param backend creates the backend on top of a system
   * @param unrecorded calls that are made in no fixed order
   * @return the lines
   * @throws Exception if a connect fails that must not
   */
  public static <T> List<String> of(
      Class<T> type, T system, Function<T, FastOpenBackend> backend, String... unrecorded)
      throws Exception {
    CallRecord record = new CallRecord(Set.of(unrecorded));
    record.run(backend.apply(record.over(type, system)));
    return List.copyOf(record.lines);
  }

  /**
   * Writes a record, and beside it the differences from another one.
   *
   * @param name the system's name
   * @param record what was recorded
   * @param simulated what the simulation does
   * @return where the record is, below {@code target}
   * @throws IOException if it cannot be written
   */
  public static Path write(String name, List<String> record, List<String> simulated)
      throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "records"));
    List<String> head = new ArrayList<>();
    for (String property : List.of("os.name", "os.version", "os.arch", "java.version")) {
      head.add("# " + property + " " + System.getProperty(property));
    }
    head.addAll(record);
    Files.write(folder.resolve(name + ".differences.txt"), differences(simulated, record));
    return Files.write(folder.resolve(name + ".txt"), head);
  }

  /**
   * Compares two records.
   *
   * @param expected the lines of one
   * @param actual the lines of the other
   * @return the sections that differ: the lines of the first one after {@code -}, those of the
   *     other after {@code +}; empty if they are the same
   */
  public static List<String> differences(List<String> expected, List<String> actual) {
    Map<String, List<String>> left = sections(expected);
    Map<String, List<String>> right = sections(actual);
    List<String> result = new ArrayList<>();
    Set<String> titles = new LinkedHashSet<>(left.keySet());
    titles.addAll(right.keySet());
    for (String title : titles) {
      List<String> before = left.getOrDefault(title, List.of());
      List<String> after = right.getOrDefault(title, List.of());
      if (!before.equals(after)) {
        result.add(title);
        before.forEach(line -> result.add("- " + line));
        after.forEach(line -> result.add("+ " + line));
      }
    }
    return result;
  }

  private static Map<String, List<String>> sections(List<String> lines) {
    Map<String, List<String>> sections = new LinkedHashMap<>();
    String title = "";
    for (String line : lines) {
      String compared = line.replaceFirst("#.*", "").stripTrailing();
      if (compared.startsWith("== ")) {
        title = compared;
      } else if (!compared.isEmpty()) {
        sections.computeIfAbsent(title, any -> new ArrayList<>()).add(compared);
      }
    }
    return sections;
  }

  private void add(String line) {
    synchronized (lines) {
      if (lines.isEmpty() || !lines.get(lines.size() - 1).equals(line)) {
        lines.add(line);
      }
    }
  }

  private <T> T over(Class<T> type, T system) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              Object result = invoke(system, method, arguments);
              if (result instanceof Integer number && !unrecorded.contains(method.getName())) {
                add(line(method.getName(), arguments, number));
              }
              return result;
            }));
  }

  private static Object invoke(Object system, Method method, Object[] arguments) throws Throwable {
    method.setAccessible(true);
    try {
      return method.invoke(system, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static String line(String call, Object[] arguments, int result) {
    StringBuilder line = new StringBuilder(call);
    boolean tellsNumbers = result >= 0 && (call.contains("sockopt") || call.startsWith("sysctl"));
    boolean hasDescriptor = arguments[0] instanceof Integer && !call.equals("socket");
    for (int i = hasDescriptor ? 1 : 0; i < arguments.length; i++) {
      line.append(' ').append(argument(arguments[i], tellsNumbers));
    }
    boolean isDescriptor = call.equals("socket") && result >= 0;
    return line.append(" -> ").append(isDescriptor ? "a socket" : result).toString();
  }

  /**
   * Formats an argument: a number, a number that a buffer holds, a text, or a mark for memory.
   *
   * @param tellsNumbers whether the number in a buffer belongs to the call
   */
  private static String argument(Object argument, boolean tellsNumbers) {
    if (!(argument instanceof ByteBuffer buffer)) {
      return argument instanceof Long ? "..." : String.valueOf(argument);
    }
    if (buffer.capacity() == Integer.BYTES && tellsNumbers) {
      return "[" + buffer.duplicate().order(ByteOrder.nativeOrder()).getInt(0) + "]";
    }
    byte[] bytes = new byte[Math.min(100, buffer.capacity())];
    buffer.get(0, bytes);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    return text.matches("[a-z_.]{8,}\0") ? text.substring(0, text.length() - 1) : "...";
  }

  private void run(FastOpenBackend backend) throws Exception {
    FastOpenConnector connector = backend.connector();
    FastOpenListener listener = backend.listener();
    add("== capabilities");
    add("* client " + connector.capability().status());
    add("* server " + listener.capability().status());
    add("== a listener");
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocketChannel server = listener.open(new InetSocketAddress(loopback, 0), 10, 10)) {
      for (String which : List.of("first", "second", "third")) {
        exchange(which + " connect, 20 bytes", backend, server, 20);
      }
      exchange("no data", backend, server, 0);
      exchange("2,000 bytes", backend, server, 2_000);
      exchange("100,000 bytes", backend, server, 100_000);
      unanswered(connector, server);
      reset(backend, server);
    }
    fails("a port that refuses", connector, refusing(loopback));
    fails("a broadcast address", connector, broadcast());
  }

  private static InetSocketAddress broadcast() throws IOException {
    return new InetSocketAddress(InetAddress.getByAddress(new byte[] {-1, -1, -1, -1}), 9);
  }

  /** Returns the address of a port that was free a moment ago. */
  private static InetSocketAddress refusing(InetAddress host) throws IOException {
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      return (InetSocketAddress) channel.bind(new InetSocketAddress(host, 0)).getLocalAddress();
    }
  }

  private void exchange(String title, FastOpenBackend backend, ServerSocketChannel server, int size)
      throws Exception {
    add("== " + title);
    byte[] sent = TestData.bytes(size);
    CompletableFuture<SocketChannel> accepted =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return server.accept();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    CompletableFuture<byte[]> received =
        accepted.thenApplyAsync(
            channel -> {
              try {
                return channel.socket().getInputStream().readAllBytes();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    try (SocketChannel channel =
        backend.connector().open(server.getLocalAddress(), ByteBuffer.wrap(sent))) {
      add("* client " + backend.connector().outcome(channel));
      channel.shutdownOutput();
      byte[] got = received.get(MILLIS, TimeUnit.MILLISECONDS);
      add("* received " + (Arrays.equals(sent, got) ? "all" : "other bytes"));
      try (SocketChannel other = accepted.join()) {
        add("* server " + backend.listener().outcome(other));
      }
    }
  }

  /** The server neither reads nor writes, so only its kernel acknowledges the data. */
  private void unanswered(FastOpenConnector connector, ServerSocketChannel server)
      throws Exception {
    add("== a server that neither reads nor writes");
    long start = System.nanoTime();
    try (SocketChannel channel = connector.open(server.getLocalAddress(), ByteBuffer.allocate(20));
        SocketChannel accepted = server.accept()) {
      add(
          "* connected "
              + (channel.isConnected() && accepted.isConnected())
              + " # after "
              + millisSince(start)
              + " ms");
    }
  }

  private static long millisSince(long start) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
  }

  private void reset(FastOpenBackend backend, ServerSocketChannel server) throws Exception {
    add("== a connection that the client resets");
    try (SocketChannel channel =
        backend.connector().open(server.getLocalAddress(), ByteBuffer.allocate(0))) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    }
    try (SocketChannel accepted = server.accept()) {
      String end;
      try {
        end = "ends with " + accepted.read(ByteBuffer.allocate(1));
      } catch (IOException e) {
        end = "is reset";
      }
      add("* a read " + end);
      add("* server " + outcome(backend.listener(), accepted));
    }
  }

  private static String outcome(FastOpenListener listener, SocketChannel accepted) {
    try {
      return listener.outcome(accepted).toString();
    } catch (IOException e) {
      return e.getClass().getSimpleName();
    }
  }

  private void fails(String title, FastOpenConnector connector, InetSocketAddress address)
      throws IOException {
    add("== " + title);
    long start = System.nanoTime();
    try (SocketChannel channel = SocketChannel.open()) {
      boolean connected = connector.connect(channel, address, ByteBuffer.allocate(20));
      add("* connected " + connected);
    } catch (IOException e) {
      add("* " + e.getClass().getSimpleName() + " # after " + millisSince(start) + " ms");
    }
  }
}
