package io.tfo.backend.bsd;

import static io.tfo.backend.bsd.FreeBsdAbi.MSG_NOSIGNAL;
import static io.tfo.lab.simulation.BsdAbi.MSG_DONTWAIT;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.backend.bsd.SimulatedFreeBsd.Deviation;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Host;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.TcpOption;
import io.tfo.lab.Verdict;
import io.tfo.lab.simulation.BsdAbi;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.lab.test.Labs;
import java.io.IOException;
import java.lang.reflect.Field;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/** Makes the calls of a record's section on the simulated kernel, and tells their results. */
final class Replay implements AutoCloseable {
  private static final long OBSERVED_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final String FASTOPEN = "net.inet.tcp.fastopen.";
  private static final String LINUX_FASTOPEN = "net.ipv4.tcp_fastopen";

  /** Both sides, and every listener. */
  private static final String LINUX_ON = "1027";

  private static final byte[] OTHER_COOKIE = {1, 2, 3, 4, 5, 6, 7, 8};

  private final Lab lab = Labs.twoHosts();
  private final SimulatedFreeBsd.Version version;
  private final ReplayPeer peer;
  private final ReplayPeer secondPeer;
  private final Map<String, Socket> sockets = new HashMap<>();
  private final List<Integer> linuxClients = new ArrayList<>();
  private SimulatedFreeBsd kernel;
  private volatile Fault fault = Verdict::pass;
  private HeldAnswer held = new HeldAnswer();
  private int lastPort;
  private int listenerPort;
  private boolean listensIpv6;
  private boolean cookieStayed;

  /** A socket of the section. */
  private static final class Socket {
    private final int fd;
    private final Host host;
    private int sent;

    private Socket(int fd, Host host) {
      this.fd = fd;
      this.host = host;
    }
  }

  Replay(SimulatedFreeBsd.Version version) throws Exception {
    this.version = version;
    kernel = new SimulatedFreeBsd(version, Deviation.LINUX_SERVERS);
    kernel.sysctl(FASTOPEN + "server_enable", 0);
    lab.server().sysctl(LINUX_FASTOPEN, LINUX_ON);
    lab.wire().fault(segment -> fault.on(segment));
    peer = new ReplayPeer(lab.server());
    secondPeer = new ReplayPeer(lab.server());
  }

  /** Whether this machine did not let the simulation forget a cookie. */
  boolean cookieStayed() {
    return cookieStayed;
  }

  /** Makes the call of a line, and returns the line with the result that it had here. */
  String replay(String line) throws Exception {
    int arrow = line.indexOf(" -> ");
    if (arrow < 0) {
      arrange(line);
      return line;
    }
    String call = line.substring(0, arrow);
    String result = call + " -> " + observe(call, line.substring(arrow + 4));
    cookieStayed |= kernel.cookieStays();
    return result;
  }

  /**
   * Repeats an observation until it is as expected, for a while: it may need time to come about.
   */
  private String observe(String call, String expected) throws Exception {
    String[] words = call.split(" ");
    long deadline = System.nanoTime() + OBSERVED_NANOS;
    while (true) {
      String result = call(words, call);
      boolean mayChange =
          switch (words[0]) {
            case "info", "poll", "getsockopt", "received", "read" -> true;
            case "error" -> result.equals("0");
            default -> false;
          };
      if (!mayChange || result.equals(expected) || System.nanoTime() > deadline) {
        return result;
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private String call(String[] words, String call) throws Exception {
    return switch (words[0]) {
      case "sysctl" -> sysctl(words[1]);
      case "setsockopt" -> setsockopt(words);
      case "getsockopt" -> getsockopt(words);
      case "info" -> info(words[1]);
      case "sendto" -> sendto(words[1], words[2], Integer.parseInt(words[3]));
      case "send" -> send(socket(words[1]), null, Integer.parseInt(words[2]));
      case "connect" -> connect(words[1], words[2]);
      case "poll" -> poll(socket(words[1]));
      case "error" -> error(socket(words[1]));
      case "read" -> read(socket(words[1]));
      case "syn" -> syn();
      case "received" -> lastPeer().received(lastPort, call.endsWith("to the end"));
      case "backend" -> backend(words);
      default -> throw new AssertionError("no such call: " + call);
    };
  }

  private ReplayPeer lastPeer() {
    return "no connection".equals(peer.received(lastPort, false)) ? secondPeer : peer;
  }

  private Socket socket(String name) {
    Socket socket = sockets.get(name);
    if (socket == null) {
      throw new AssertionError("no socket " + name);
    }
    return socket;
  }

  private <T> T on(Socket socket, Callable<T> call) throws Exception {
    return socket.host.call(call);
  }

  private void arrange(String line) throws Exception {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "socket" -> open(words[1], words.length > 2 ? words[2] : "ipv4");
      case "listen" -> {
        Socket socket = socket(words[1]);
        on(socket, () -> LinuxCalls.listen(socket.fd));
        listenerPort = LinuxCalls.localPort(socket.fd);
        listensIpv6 = LinuxCalls.domain(socket.fd) == LinuxCalls.AF_INET6;
      }
      case "accept" -> {
        Socket listener = socket(words[1]);
        int fd = on(listener, () -> LinuxCalls.accept(listener.fd));
        sockets.put(words[2], new Socket(fd, listener.host));
      }
      case "close" -> LinuxCalls.close(sockets.remove(words[1]).fd);
      case "cookie" -> fetchCookie();
      case "sysctl" -> sysctl(words[1], Integer.parseInt(words[2]));
      case "client" -> client(line);
      case "wire" -> wire(line);
      case "no" -> expectNoSyn();
      case "needs" -> assumeTrue(lab.client().hasIpv6(), "no IPv6 here");
      case "backend" -> {
        BsdTcp tcp = new BsdTcp(kernel);
        Socket listener = socket(words[3]);
        on(
            listener,
            () -> {
              tcp.acceptFastOpen(listener.fd, 10);
              return true;
            });
      }
      default -> arrangeKernel(line);
    }
  }

  private void arrangeKernel(String line) {
    if (line.endsWith(" s later")) {
      kernel.paths().pass(Duration.ofSeconds(Integer.parseInt(line.split(" ")[0])));
      return;
    }
    switch (line) {
      case "the neighbour is down" ->
          kernel = new SimulatedFreeBsd(version, Deviation.LINUX_SERVERS, Deviation.NEIGHBOUR_DOWN);
      case "the kernel has no TCP_RFC7413" ->
          kernel = new SimulatedFreeBsd(version, Deviation.WITHOUT_RFC7413);
      case "the server's Fast Open is off" -> lab.server().sysctl(LINUX_FASTOPEN, "1");
      default -> throw new AssertionError("cannot arrange: " + line);
    }
  }

  private void open(String name, String kind) throws Exception {
    Host host = name.equals("l") ? lab.server() : lab.client();
    int domain = kind.equals("ipv4") ? LinuxCalls.AF_INET : LinuxCalls.AF_INET6;
    int fd = host.call(() -> LinuxCalls.socket(domain));
    if (domain == LinuxCalls.AF_INET6) {
      LinuxCalls.takeIpv6Only(fd, kind.equals("ipv6only"));
    }
    sockets.put(name, new Socket(fd, host));
  }

  private void fetchCookie() throws Exception {
    open("first", "ipv4");
    setsockopt("setsockopt first 6 1025 1/4".split(" "));
    sendto("first", "server", 1);
    for (String step : List.of("syn -> 0 bytes, request", "received -> 1")) {
      if (!replay(step).equals(step)) {
        throw new AssertionError("the first connect: " + replay(step));
      }
    }
    arrange("close first");
  }

  private void wire(String line) {
    held = new HeldAnswer();
    switch (line) {
      case "wire holds the answer" -> fault = held;
      case "wire answers" -> {
        if (fault instanceof HeldAnswer holding) {
          holding.release();
        }
      }
      case "wire loses SYNs with data" -> fault = Faults.dropSynData();
      case "wire resets" -> fault = Faults.resetSyn();
      case "wire passes nothing" -> fault = Faults.drop(Segment::isSyn);
      default -> fault = edited(line);
    }
  }

  private static Fault edited(String line) {
    UnaryOperator<Segment> cut = UnaryOperator.identity();
    if (line.contains("cuts the data of SYNs to ")) {
      int bytes = Integer.parseInt(line.replaceAll("\\D+(\\d+) bytes.*", "$1"));
      cut = syn -> syn.withPayload(Arrays.copyOf(syn.payload(), bytes));
    }
    Fault cuts = Faults.edit(Faults::isSynWithData, cut);
    return !line.endsWith("repeats the cookie")
        ? cuts
        : segment -> segment.isSynAck() ? repeatCookie(segment) : cuts.on(segment);
  }

  /** Puts another cookie into the SYN-ACK, because Linux does not report a cookie that it knows. */
  private static Verdict repeatCookie(Segment synAck) {
    List<TcpOption> options = new ArrayList<>(synAck.options());
    options.add(new TcpOption(TcpOption.FAST_OPEN, OTHER_COOKIE));
    return Verdict.replace(synAck.withOptions(options));
  }

  private void sysctl(String name, int value) {
    kernel.sysctl(FASTOPEN + name, value);
    if (name.equals("server_enable")) {
      lab.server().sysctl(LINUX_FASTOPEN, value == 0 ? "1" : "3");
    }
  }

  private String sysctl(String name) throws Exception {
    byte[] bytes = (FASTOPEN + name + '\0').getBytes(StandardCharsets.US_ASCII);
    ByteBuffer value = LinuxCalls.integer(0);
    ByteBuffer length = LinuxCalls.memory(8).putLong(0, Integer.BYTES);
    ByteBuffer memory = LinuxCalls.memory(bytes.length).put(0, bytes);
    int result = lab.client().call(() -> kernel.sysctlbyname(memory, value, length));
    return result < 0 ? name(result) : String.valueOf(value.getInt(0));
  }

  private String setsockopt(String[] words) throws Exception {
    String[] valueAndLength = words[4].split("/");
    ByteBuffer value = LinuxCalls.memory(32).putInt(0, Integer.parseInt(valueAndLength[0]));
    int length = Integer.parseInt(valueAndLength[1]);
    Socket socket =
        words[1].matches("\\d+")
            ? new Socket(Integer.parseInt(words[1]), lab.client())
            : socket(words[1]);
    int level = Integer.parseInt(words[2]);
    int name = Integer.parseInt(words[3]);
    return name(on(socket, () -> kernel.setsockopt(socket.fd, level, name, value, length)));
  }

  private String getsockopt(String[] words) throws Exception {
    Socket socket = socket(words[1]);
    int level = Integer.parseInt(words[2]);
    int name = Integer.parseInt(words[3]);
    ByteBuffer value = LinuxCalls.memory(32);
    ByteBuffer length = LinuxCalls.integer(Integer.parseInt(words[4]));
    int result = on(socket, () -> kernel.getsockopt(socket.fd, level, name, value, length));
    if (result < 0) {
      return name(result);
    }
    int told = value.getInt(0);
    return (told == 0 ? "0" : "0x" + Integer.toHexString(told)) + "/" + length.getInt(0);
  }

  private String info(String name) throws Exception {
    Socket socket = socket(name);
    ByteBuffer value = LinuxCalls.memory(FreeBsdAbi.SIZEOF_TCP_INFO);
    ByteBuffer length = LinuxCalls.integer(value.capacity());
    int result =
        on(socket, () -> kernel.getsockopt(socket.fd, 6, FreeBsdAbi.TCP_INFO, value, length));
    if (result < 0) {
      return name(result);
    }
    String state = FreeBsdAbi.stateName(value.get(FreeBsdAbi.TCPI_STATE));
    boolean bit = (value.get(FreeBsdAbi.TCPI_OPTIONS) & FreeBsdAbi.TCPI_OPT_TFO) != 0;
    return bit ? state + " TFO" : state;
  }

  private String sendto(String name, String to, int size) throws Exception {
    String result = send(socket(name), address(to), size);
    lastPort = LinuxCalls.localPort(socket(name).fd);
    return result;
  }

  private String send(Socket socket, ByteBuffer to, int size) throws Exception {
    ByteBuffer data = LinuxCalls.memory(size);
    for (int i = 0; i < size; i++) {
      data.put(i, (byte) (socket.sent + i));
    }
    int length = to == null ? 0 : to.capacity();
    int result =
        on(
            socket,
            () -> kernel.sendto(socket.fd, data, size, MSG_DONTWAIT | MSG_NOSIGNAL, to, length));
    socket.sent += Math.max(0, result);
    return name(result);
  }

  /** A blocking connect. */
  private String connect(String name, String to) throws Exception {
    Socket socket = socket(name);
    ByteBuffer address = address(to);
    int result = on(socket, () -> kernel.connect(socket.fd, address, address.capacity()));
    lastPort = LinuxCalls.localPort(socket.fd);
    boolean connected =
        result == -BsdAbi.EINPROGRESS && LinuxCalls.poll(socket.fd, 5_000) == LinuxCalls.POLLOUT;
    return connected ? "0" : name(result);
  }

  private ByteBuffer address(String to) throws Exception {
    return switch (to) {
      case "server" -> address(lab.server().ipv4(), peer.port());
      case "server2" -> address(lab.server().ipv4(), secondPeer.port());
      case "refused" -> address(lab.server().ipv4(), 1);
      case "server:0" -> address(lab.server().ipv4(), 0);
      case "server6" -> address(lab.server().ipv6(), peer.port());
      case "neighbour" -> address(InetAddress.getByName("10.77.0.55"), 9);
      case "mapped" -> {
        ByteBuffer ipv4 = address(lab.server().ipv4(), peer.port());
        ByteBuffer ipv6 = LinuxCalls.memory(28).put(0, (byte) 28).put(1, (byte) 28);
        ipv6.put(2, ipv4, 2, 2).put(18, (byte) -1).put(19, (byte) -1);
        yield ipv6.put(20, ipv4, 4, 4);
      }
      default -> address(InetAddress.getByName(to), 1);
    };
  }

  private static ByteBuffer address(InetAddress host, int port) {
    byte[] bytes = host.getAddress();
    boolean ipv4 = bytes.length == 4;
    ByteBuffer address = LinuxCalls.memory(ipv4 ? 16 : 28).order(ByteOrder.BIG_ENDIAN);
    address.put(0, (byte) address.capacity()).put(1, (byte) (ipv4 ? 2 : FreeBsdAbi.AF_INET6));
    return address.putShort(2, (short) port).put(ipv4 ? 4 : 8, bytes);
  }

  private static String poll(Socket socket) {
    int happened = LinuxCalls.poll(socket.fd, 0);
    if ((happened & (LinuxCalls.POLLHUP | LinuxCalls.POLLERR)) != 0) {
      return "IN|HUP";
    }
    return happened == 0 ? "none" : "OUT";
  }

  private static String error(Socket socket) {
    int error = LinuxCalls.takeError(socket.fd);
    return error == 0 ? "0" : name(-BsdAbi.fromLinux(error)).substring(1);
  }

  private static String read(Socket socket) {
    return ofLinux(LinuxCalls.recv(socket.fd, LinuxCalls.memory(100), 100, false));
  }

  private String syn() {
    Segment syn = lab.wire().await(Segment::isSyn);
    lab.wire().forget();
    String option =
        syn.fastOpenCookie()
            .map(cookie -> cookie.length == 0 ? "request" : "cookie")
            .orElse("plain");
    return syn.payloadLength() + " bytes, " + option;
  }

  private void expectNoSyn() {
    if (!lab.wire().syns().isEmpty()) {
      throw new AssertionError("a SYN on the wire: " + lab.wire().syns());
    }
  }

  /** A Linux client connects to the listener of the simulated kernel. */
  private void client(String line) throws Exception {
    if (line.equals("client closes") || line.equals("client resets")) {
      int last = linuxClients.remove(linuxClients.size() - 1);
      if (line.endsWith("resets")) {
        LinuxCalls.resetOnClose(last);
      }
      LinuxCalls.close(last);
      return;
    }
    InetAddress server = listensIpv6 ? lab.server().ipv6() : lab.server().ipv4();
    ByteBuffer address = address(server, listenerPort);
    byte[] linux = new byte[address.capacity()];
    address.get(0, linux);
    int domain = listensIpv6 ? LinuxCalls.AF_INET6 : LinuxCalls.AF_INET;
    ByteBuffer.wrap(linux).order(ByteOrder.nativeOrder()).putShort(0, (short) domain);
    int fd = lab.client().call(() -> LinuxCalls.socket(domain));
    linuxClients.add(fd);
    if (line.equals("client connects plainly")) {
      LinuxCalls.connect(fd, linux);
      return;
    }
    fault = line.endsWith("not valid") ? Faults.spoilCookie() : Verdict::pass;
    int size = line.contains(" sends ") ? Integer.parseInt(line.split(" ")[2]) : 0;
    int taken = LinuxCalls.sendFastOpen(fd, new byte[size], linux);
    if (taken != (size == 0 ? -LinuxCalls.EINPROGRESS : size)) {
      throw new AssertionError(line + ": " + taken);
    }
  }

  private String backend(String[] words) throws Exception {
    BsdTcp tcp = new BsdTcp(kernel);
    return switch (words[1]) {
      case "client" -> lab.client().call(tcp::client).toString().replaceFirst(";.*", "");
      case "server" -> lab.server().call(tcp::server).toString();
      case "accepted" ->
          String.valueOf(on(socket(words[2]), () -> tcp.acceptOutcome(socket(words[2]).fd)));
      default -> backendConnects(tcp, words[2], words[4], Integer.parseInt(words[6]));
    };
  }

  private String backendConnects(BsdTcp tcp, String name, String to, int size) throws Exception {
    open(name, "ipv4");
    Socket socket = socket(name);
    ByteBuffer address = address(to);
    ByteBuffer data = LinuxCalls.memory(size);
    for (int i = 0; i < size; i++) {
      data.put(i, (byte) i);
    }
    try {
      int taken = on(socket, () -> tcp.sendSyn(socket.fd, address, address.capacity(), data, size));
      if (taken < 0) {
        return "not sent";
      }
      lastPort = LinuxCalls.localPort(socket.fd);
      LinuxCalls.poll(socket.fd, 5_000);
      return "took " + taken;
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String ofLinux(int result) {
    return name(result < 0 ? -BsdAbi.fromLinux(-result) : result);
  }

  /** Names an error by FreeBSD's numbers. */
  private static String name(int result) {
    if (result >= 0) {
      return String.valueOf(result);
    }
    for (Field field : BsdAbi.class.getFields()) {
      try {
        if (field.getName().startsWith("E") && field.getInt(null) == -result) {
          return "-" + field.getName();
        }
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
    return String.valueOf(result);
  }

  @Override
  public void close() throws IOException {
    sockets.values().forEach(socket -> LinuxCalls.close(socket.fd));
    linuxClients.forEach(LinuxCalls::close);
    try (lab) {
      peer.close();
      secondPeer.close();
    }
  }
}
