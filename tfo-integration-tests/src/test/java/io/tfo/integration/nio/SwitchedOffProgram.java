package io.tfo.integration.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;

/**
 * Connects channels to a server that says one byte and then waits for the client's end, waits for a
 * line of input while each is connected, uses it, and prints what it has seen.
 */
final class SwitchedOffProgram {
  private static final byte[] DATA = "written".getBytes(US_ASCII);
  private static final int SOON_SECONDS = 20;

  private SwitchedOffProgram() {}

  /** A program that uses one channel. */
  private interface Use {
    /** The program's calls before the connect. */
    default void prepare(SocketChannel channel, InetAddress local) throws IOException {}

    /** The program's calls on a connected channel, before the switch. */
    default void begin(SocketChannel channel, Selector selector) throws Exception {}

    /** The program's calls after the switch. Returns what it has seen. */
    String use(SocketChannel channel, Selector selector) throws Exception;
  }

  enum Channels implements Use {
    /** Uses a key that was registered with epoll, and selected, before the switch. */
    WRITES_BY_A_KEY_OF_BEFORE {
      @Override
      public void begin(SocketChannel channel, Selector selector) throws Exception {
        channel.keyFor(selector).interestOps(SelectionKey.OP_READ);
        selector.selectNow();
        selector.selectedKeys().clear();
      }

      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        return exchange(channel, selector);
      }
    },
    WRITES_BEFORE_ITS_KEY {
      @Override
      public void begin(SocketChannel channel, Selector selector) throws Exception {
        channel.keyFor(selector).cancel();
        selector.selectNow();
      }

      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        channel.write(ByteBuffer.allocate(0));
        ByteBuffer data = ByteBuffer.wrap(DATA);
        channel.write(data);
        channel.register(selector, SelectionKey.OP_WRITE);
        return writeAndRead(channel, selector, data);
      }
    },
    /** One thread waits in the selector, before and after the write of another. */
    WRITES_BESIDE_A_SELECTING_THREAD {
      private FutureTask<String> selecting;

      @Override
      public void begin(SocketChannel channel, Selector selector) throws Exception {
        SelectionKey key = channel.keyFor(selector).interestOps(SelectionKey.OP_READ);
        selecting = new FutureTask<>(() -> selector.select(20_000) + " ready " + key.readyOps());
        Thread thread = new Thread(selecting);
        thread.start();
        while (thread.isAlive() && !isInEpoll(thread)) {
          Thread.onSpinWait();
        }
      }

      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        ByteBuffer data = ByteBuffer.wrap(DATA);
        channel.write(data);
        String seen = selecting.get(SOON_SECONDS, TimeUnit.SECONDS);
        selector.selectedKeys().clear();
        return seen + " " + writeAndRead(channel, selector, data);
      }
    },
    SHUTS_DOWN {
      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        channel.shutdownOutput();
        return writeAndRead(channel, selector, ByteBuffer.allocate(0));
      }
    },
    TRANSFERS {
      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        Path file = Files.write(Files.createTempFile("tfo", null), DATA);
        try (FileChannel source = FileChannel.open(file)) {
          long position = 0;
          channel.keyFor(selector).interestOps(SelectionKey.OP_WRITE);
          while (position < DATA.length) {
            position += source.transferTo(position, DATA.length - position, channel);
            select(selector);
          }
        } finally {
          Files.delete(file);
        }
        channel.shutdownOutput();
        return writeAndRead(channel, selector, ByteBuffer.allocate(0));
      }
    },
    BLOCKS {
      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        channel.keyFor(selector).cancel();
        selector.selectNow();
        channel.configureBlocking(true);
        return exchange(channel.socket());
      }
    },
    BLOCKS_A_VIRTUAL_THREAD {
      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        FutureTask<String> task = new FutureTask<>(() -> BLOCKS.use(channel, selector));
        startVirtual(task);
        return task.get(SOON_SECONDS, TimeUnit.SECONDS);
      }
    },
    SELECTS_IN_A_VIRTUAL_THREAD {
      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        FutureTask<String> task = new FutureTask<>(() -> exchange(channel, selector));
        startVirtual(task);
        return task.get(SOON_SECONDS, TimeUnit.SECONDS);
      }
    },
    CLOSES {
      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        channel.close();
        selector.selectNow();
        return "closed";
      }
    },
    HAS_OPTIONS_AND_AN_ADDRESS {
      @Override
      public void prepare(SocketChannel channel, InetAddress local) throws IOException {
        channel.bind(new InetSocketAddress(local, 0));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 20_000);
        channel.setOption(StandardSocketOptions.SO_LINGER, 5);
        channel.setOption(StandardSocketOptions.IP_TOS, 16);
        channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 77);
        channel.socket().setOOBInline(true);
      }

      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        String before = options(channel) + channel.getLocalAddress();
        String seen = exchange(channel, selector);
        return seen
            + options(channel)
            + before.equals(options(channel) + channel.getLocalAddress());
      }

      private String options(SocketChannel channel) throws IOException {
        return channel.getOption(StandardSocketOptions.TCP_NODELAY)
            + " "
            + channel.getOption(StandardSocketOptions.SO_KEEPALIVE)
            + " "
            + channel.getOption(StandardSocketOptions.SO_RCVBUF)
            + " "
            + channel.getOption(StandardSocketOptions.SO_LINGER)
            + " "
            + channel.getOption(StandardSocketOptions.IP_TOS)
            + " "
            + channel.getOption(StandardSocketOptions.SO_REUSEADDR)
            + " "
            + channel.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)
            + " "
            + channel.socket().getOOBInline()
            + " ";
      }
    },
    KEEPS_ITS_PORT {
      @Override
      public String use(SocketChannel channel, Selector selector) throws Exception {
        String before = channel.getLocalAddress().toString();
        String seen = exchange(channel, selector);
        return seen + before.equals(channel.getLocalAddress().toString()) + channel.isConnected();
      }
    };
  }

  /** Like {@link Use}, of an asynchronous channel. */
  enum AsynchronousChannels {
    WRITES {
      @Override
      String use(AsynchronousSocketChannel channel) throws Exception {
        return writeAndRead(channel);
      }
    },
    WRITES_BY_A_HANDLER {
      @Override
      String use(AsynchronousSocketChannel channel) throws Exception {
        HandlerResult<Integer> written = new HandlerResult<>();
        channel.write(ByteBuffer.wrap(DATA), 10, TimeUnit.SECONDS, "", written);
        int count = written.get(SOON_SECONDS, TimeUnit.SECONDS);
        channel.shutdownOutput();
        return count + " " + read(channel) + read(channel);
      }
    },
    /** The JDK has registered with epoll what the read waits for. */
    WRITES_BEHIND_A_READ {
      private HandlerResult<Integer> reading;

      @Override
      void begin(AsynchronousSocketChannel channel) {
        reading = new HandlerResult<>();
        channel.read(ByteBuffer.allocate(1), 0, TimeUnit.SECONDS, "", reading);
      }

      @Override
      String use(AsynchronousSocketChannel channel) throws Exception {
        int written = get(channel.write(ByteBuffer.wrap(DATA)));
        int read = reading.get(SOON_SECONDS, TimeUnit.SECONDS);
        channel.shutdownOutput();
        return written + " " + read + " " + read(channel);
      }
    },
    SHUTS_DOWN {
      @Override
      String use(AsynchronousSocketChannel channel) throws Exception {
        channel.shutdownOutput();
        return read(channel) + read(channel);
      }
    },
    CLOSES {
      @Override
      String use(AsynchronousSocketChannel channel) throws Exception {
        channel.close();
        return "closed";
      }
    },
    HAS_OPTIONS_AND_AN_ADDRESS {
      @Override
      void prepare(AsynchronousSocketChannel channel, InetAddress local) throws IOException {
        channel.bind(new InetSocketAddress(local, 0));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.setOption(StandardSocketOptions.SO_RCVBUF, 20_000);
      }

      @Override
      String use(AsynchronousSocketChannel channel) throws Exception {
        String before = channel.getLocalAddress().toString();
        return writeAndRead(channel)
            + channel.getOption(StandardSocketOptions.TCP_NODELAY)
            + channel.getOption(StandardSocketOptions.SO_RCVBUF)
            + before.equals(channel.getLocalAddress().toString());
      }
    };

    void prepare(AsynchronousSocketChannel channel, InetAddress local) throws IOException {}

    void begin(AsynchronousSocketChannel channel) {}

    abstract String use(AsynchronousSocketChannel channel) throws Exception;
  }

  public static void main(String[] args) throws Exception {
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.getByName(args[0]), Integer.parseInt(args[1]));
    InetAddress local = InetAddress.getByName(args[2]);
    if (args[3].equals("a server that has gone")) {
      useInVain(server);
      return;
    }
    getToKnow(server, args[3]);
    tell("known");
    switch (args[3]) {
      case "channels" -> {
        for (Channels use : Channels.values()) {
          tell(use + " " + seen(() -> run(use, server, local)));
        }
      }
      case "asynchronous channels" -> {
        for (AsynchronousChannels use : AsynchronousChannels.values()) {
          tell(use + " " + seen(() -> run(use, server, local)));
        }
      }
      case "a channel that reads" -> tell(seen(() -> read(server)));
      case "an asynchronous channel that reads" -> tell(seen(() -> readAsynchronously(server)));
      default -> throw new IllegalArgumentException(args[3]);
    }
  }

  private static void switchTo(String setting) throws IOException {
    Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), setting);
  }

  /** Connects four channels, and uses each of them once the server cannot be reached any more. */
  private static void useInVain(InetSocketAddress server) throws Exception {
    getToKnow(server, "channels");
    getToKnow(server, "asynchronous channels");
    tell("known");
    try (Selector selector = Selector.open();
        SocketChannel writer = SocketChannel.open();
        SocketChannel reader = SocketChannel.open();
        AsynchronousSocketChannel laterWriter = AsynchronousSocketChannel.open();
        AsynchronousSocketChannel laterReader = AsynchronousSocketChannel.open()) {
      connect(writer, selector, server);
      writer.keyFor(selector).cancel();
      connect(reader, selector, server);
      get(laterWriter.connect(server));
      get(laterReader.connect(server));
      tell("waits");
      System.out.println(seen(() -> "" + writer.write(ByteBuffer.wrap(DATA))));
      System.out.println(seen(() -> "" + get(laterWriter.write(ByteBuffer.wrap(DATA)))));
      reader.keyFor(selector).interestOps(SelectionKey.OP_READ);
      select(selector); // the timer wants to send the SYN
      System.out.println(seen(() -> "" + reader.read(ByteBuffer.allocate(1))));
      System.out.println(seen(() -> "" + get(laterReader.read(ByteBuffer.allocate(1)))));
    }
  }

  private static String read(InetSocketAddress server) throws Exception {
    try (Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      switchTo("3"); // so its classes are loaded
      connect(channel, selector, server);
      switchTo("2");
      channel.keyFor(selector).interestOps(SelectionKey.OP_READ);
      select(selector);
      return "read " + channel.read(ByteBuffer.allocate(10));
    }
  }

  private static String readAsynchronously(InetSocketAddress server) throws Exception {
    try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
      switchTo("3");
      get(channel.connect(server));
      switchTo("2");
      return "read " + read(channel);
    }
  }

  private static String seen(Callable<String> use) {
    try {
      return use.call();
    } catch (ExecutionException e) {
      return String.valueOf(e.getCause());
    } catch (Exception e) {
      return e.toString();
    }
  }

  private static void getToKnow(InetSocketAddress server, String kind) throws Exception {
    if (kind.contains("asynchronous")) {
      try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
        get(channel.connect(server));
        writeAndRead(channel);
      }
      return;
    }
    try (Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      connect(channel, selector, server);
      exchange(channel, selector);
    }
  }

  private static String run(Use use, InetSocketAddress server, InetAddress local) throws Exception {
    try (Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      use.prepare(channel, local);
      connect(channel, selector, server);
      use.begin(channel, selector);
      tell("waits");
      return use.use(channel, selector);
    }
  }

  private static String run(AsynchronousChannels use, InetSocketAddress server, InetAddress local)
      throws Exception {
    try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
      use.prepare(channel, local);
      get(channel.connect(server));
      use.begin(channel);
      tell("waits");
      return use.use(channel);
    }
  }

  /** Prints a line, and waits for one. */
  private static void tell(String line) throws IOException {
    System.out.println(line);
    while (System.in.read() != '\n') {
      // another byte
    }
  }

  private static void connect(SocketChannel channel, Selector selector, InetSocketAddress server)
      throws IOException {
    channel.configureBlocking(false);
    channel.connect(server);
    channel.register(selector, SelectionKey.OP_CONNECT);
    select(selector);
    if (!channel.finishConnect()) {
      throw new IOException("not finished");
    }
  }

  private static void select(Selector selector) throws IOException {
    if (selector.select(TimeUnit.SECONDS.toMillis(SOON_SECONDS)) == 0) {
      throw new IOException("nothing is ready");
    }
    selector.selectedKeys().clear();
  }

  private static String exchange(SocketChannel channel, Selector selector) throws IOException {
    ByteBuffer data = ByteBuffer.wrap(DATA);
    channel.write(data);
    return writeAndRead(channel, selector, data);
  }

  private static String writeAndRead(SocketChannel channel, Selector selector, ByteBuffer data)
      throws IOException {
    SelectionKey key = channel.keyFor(selector);
    key.interestOps(SelectionKey.OP_WRITE);
    while (data.hasRemaining()) {
      select(selector);
      channel.write(data);
    }
    channel.shutdownOutput();
    key.interestOps(SelectionKey.OP_READ);
    ByteBuffer target = ByteBuffer.allocate(10);
    int read = 0;
    while (read >= 0) {
      select(selector);
      read = channel.read(target);
    }
    return new String(target.array(), 0, target.position(), US_ASCII) + " ";
  }

  private static String exchange(Socket socket) throws IOException {
    socket.getOutputStream().write(DATA);
    socket.shutdownOutput();
    return new String(socket.getInputStream().readAllBytes(), US_ASCII);
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(SOON_SECONDS, TimeUnit.SECONDS);
  }

  private static String writeAndRead(AsynchronousSocketChannel channel) throws Exception {
    int written = get(channel.write(ByteBuffer.wrap(DATA)));
    channel.shutdownOutput();
    return written + " " + read(channel) + read(channel);
  }

  private static String read(AsynchronousSocketChannel channel) throws Exception {
    return get(channel.read(ByteBuffer.allocate(10))) + " ";
  }

  private static boolean isInEpoll(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length > 0 && stack[0].getClassName().equals("sun.nio.ch.EPoll");
  }

  /** Virtual threads are there from JDK 21 on; before, a platform thread does it. */
  private static void startVirtual(Runnable task) throws Exception {
    if (Runtime.version().feature() < 21) {
      new Thread(task).start();
    } else {
      Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
    }
  }
}
