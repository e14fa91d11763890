package io.tfo.integration.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.TreeSet;

/** A use of a channel, with all that it answers. */
enum ChannelCall {
  LOOK((c, p) -> c),
  IS_BLOCKING((c, p) -> c.isBlocking()),
  IS_REGISTERED((c, p) -> c.isRegistered()),
  VALID_OPS((c, p) -> c.validOps()),
  GET_LOCAL_ADDRESS((c, p) -> c.getLocalAddress()),
  GET_REMOTE_ADDRESS((c, p) -> c.getRemoteAddress()),
  SUPPORTED_OPTIONS(
      (c, p) -> new TreeSet<>(c.supportedOptions().stream().map(SocketOption::name).toList())),
  GET_OPTION((c, p) -> c.getOption(StandardSocketOptions.SO_LINGER)),
  SET_OPTION(
      (c, p) ->
          c.setOption(StandardSocketOptions.TCP_NODELAY, true)
              .getOption(StandardSocketOptions.TCP_NODELAY)),
  SET_OPTION_UNKNOWN((c, p) -> c.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1)),
  BIND((c, p) -> c.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)) == c),
  BIND_NULL((c, p) -> c.bind(null).getLocalAddress()),
  CONNECT_NULL((c, p) -> c.connect(null)),
  CONNECT_FOREIGN((c, p) -> c.connect(new Foreign())),
  CONNECT_UNRESOLVED((c, p) -> c.connect(InetSocketAddress.createUnresolved("host.invalid", 80))),
  CONNECT((c, p) -> c.connect(p.server.address())),
  CONNECT_AND_TALK(
      (c, p) -> {
        if (!c.connect(p.server.address())) {
          p.finishConnect(c);
        }
        return talk(p);
      }),
  FINISH_CONNECT((c, p) -> c.finishConnect()),
  FINISH_CONNECT_AFTER_SELECT(
      (c, p) -> {
        String ready = p.select(SelectionKey.OP_CONNECT);
        return ready + ", " + c.finishConnect() + ", again " + c.finishConnect();
      }),
  SELECT_WRITE((c, p) -> p.select(SelectionKey.OP_WRITE)),
  SELECT_READ_OR_WRITE((c, p) -> p.select(SelectionKey.OP_READ | SelectionKey.OP_WRITE)),
  SELECT_ALL(
      (c, p) -> p.select(SelectionKey.OP_READ | SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT)),
  WRITE((c, p) -> c.write(bytes("write"))),
  WRITE_NOTHING((c, p) -> c.write(ByteBuffer.allocate(0))),
  WRITE_NULL((c, p) -> c.write((ByteBuffer) null)),
  GATHER((c, p) -> c.write(new ByteBuffer[] {bytes("wri"), bytes("te")})),
  GATHER_OUT_OF_BOUNDS((c, p) -> c.write(new ByteBuffer[1], 1, 1)),
  READ((c, p) -> c.isBlocking() ? "would wait" : c.read(ByteBuffer.allocate(5))),
  READ_NOTHING((c, p) -> c.isBlocking() ? "would wait" : c.read(ByteBuffer.allocate(0))),
  READ_NULL((c, p) -> c.read((ByteBuffer) null)),
  SCATTER(
      (c, p) -> c.isBlocking() ? "would wait" : c.read(new ByteBuffer[] {ByteBuffer.allocate(2)})),
  SCATTER_OUT_OF_BOUNDS((c, p) -> c.read(new ByteBuffer[1], 0, 2)),
  TALK((c, p) -> talk(p)),
  TRANSFER((c, p) -> transfer(p)),
  CONFIGURE_BLOCKING((c, p) -> c.configureBlocking(true).isBlocking()),
  CONFIGURE_BLOCKING_AND_TALK(
      (c, p) -> {
        c.configureBlocking(true);
        return c.finishConnect() + talk(p);
      }),
  CONFIGURE_NON_BLOCKING((c, p) -> c.configureBlocking(false).isBlocking()),
  BLOCKING_READ_INTERRUPTED(
      (c, p) -> {
        c.configureBlocking(true);
        Thread.currentThread().interrupt();
        try {
          return outcome(() -> c.read(ByteBuffer.allocate(1)))
              + Thread.currentThread().isInterrupted();
        } finally {
          Thread.interrupted();
        }
      }),
  BLOCKING_READ_CLOSED(
      (c, p) -> {
        c.configureBlocking(true);
        if (!c.isConnected() || !p.readWaits()) {
          return "no wait";
        }
        Thread closer = new Thread(() -> outcome(c::close));
        Thread reader = Thread.currentThread();
        Thread waiter =
            new Thread(
                () -> {
                  // A reader that has not begun finds the channel closed, with another exception.
                  while (reader.getState() == Thread.State.RUNNABLE && !isInNativeRead(reader)) {
                    Thread.onSpinWait();
                  }
                  closer.start();
                });
        waiter.start();
        try {
          return outcome(() -> c.read(ByteBuffer.allocate(1)));
        } finally {
          waiter.join();
          closer.join();
        }
      }),
  SHUTDOWN_INPUT((c, p) -> afterwards(c, p, c::shutdownInput)),
  SHUTDOWN_OUTPUT((c, p) -> afterwards(c, p, c::shutdownOutput)),
  SHUTDOWN_BOTH(
      (c, p) ->
          afterwards(
              c,
              p,
              () -> {
                c.shutdownInput();
                c.shutdownOutput();
              })),
  CLOSE((c, p) -> afterwards(c, p, c::close)),
  CLOSE_REGISTERED(
      (c, p) -> {
        c.configureBlocking(false);
        SelectionKey key = c.register(p.selector, 0);
        String text = afterwards(c, p, c::close);
        return text + key.isValid() + p.selector.selectNow() + p.selector.keys().size();
      }),
  CLOSE_SOCKET((c, p) -> afterwards(c, p, () -> c.socket().close())),
  PEER_SEES_THE_END_OF_A_SHUTDOWN(
      (c, p) -> {
        p.write('e');
        c.shutdownOutput();
        return p.server.readsAll();
      }),
  PEER_SEES_THE_END_OF_A_CLOSE(
      (c, p) -> {
        p.write('e');
        c.close();
        return p.server.readsAll();
      }),
  PEER_SEES_THE_END_WITHOUT_DATA(
      (c, p) -> {
        if (c.isConnectionPending()) {
          return "may see no connection";
        }
        c.close();
        return p.isSeen() ? p.server.readsAll() : "no connection";
      }),
  SOCKET(
      (c, p) -> {
        Socket s = c.socket();
        return "%s %s %s %s %s %s %s"
            .formatted(
                s.isConnected(),
                s.isBound(),
                s.isClosed(),
                s.isInputShutdown(),
                s.isOutputShutdown(),
                s.getInetAddress(),
                s == c.socket());
      }),
  SOCKET_STREAMS(
      (c, p) ->
          outcome(() -> c.socket().getInputStream().available())
              + outcome(() -> c.socket().getOutputStream().write(1))),
  SOCKET_CONNECT(
      (c, p) -> outcome(() -> c.socket().connect(p.server.address(), 5000)) + c.isConnected());

  private static final class Foreign extends SocketAddress {
    private static final long serialVersionUID = 1;
  }

  private interface Call {
    Object on(SocketChannel channel, ChannelPair pair) throws Exception;
  }

  private interface Action {
    void run() throws Exception;
  }

  private final Call call;

  ChannelCall(Call call) {
    this.call = call;
  }

  /** The answer, or the class of the exception; then the channel's state. */
  String on(ChannelPair pair) throws Exception {
    SocketChannel channel = pair.channel;
    String answer;
    try {
      answer = String.valueOf(call.on(channel, pair));
    } catch (Exception e) {
      answer = e.getClass().getName();
    }
    return pair.server.normal(
        "%s; open %s, connected %s, pending %s, %s"
            .formatted(
                answer,
                channel.isOpen(),
                channel.isConnected(),
                channel.isConnectionPending(),
                channel));
  }

  private static boolean isInNativeRead(Thread reader) {
    StackTraceElement[] stack = reader.getStackTrace();
    return stack.length > 0
        && stack[0].isNativeMethod()
        && Arrays.stream(stack).anyMatch(frame -> frame.getMethodName().equals("read"));
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
  }

  private static String outcome(Action action) {
    try {
      action.run();
      return "done";
    } catch (Exception e) {
      return e.getClass().getName();
    }
  }

  private static String talk(ChannelPair pair) throws Exception {
    pair.write('t');
    ByteBuffer heard = ByteBuffer.allocate(10);
    int length = pair.server.peer().read(heard);
    pair.server.peer().write(bytes("!"));
    return length + " heard, answered " + pair.read();
  }

  private static String transfer(ChannelPair pair) throws Exception {
    Path file = Files.createTempFile("transfer", null);
    try (FileChannel data =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      data.write(bytes("file"));
      while (data.transferTo(0, 4, pair.channel) == 0) {
        pair.select(SelectionKey.OP_WRITE);
      }
      ByteBuffer heard = ByteBuffer.allocate(10);
      return pair.server.peer().read(heard) + " heard";
    } finally {
      Files.delete(file);
    }
  }

  private static String afterwards(SocketChannel c, ChannelPair pair, Action action)
      throws IOException {
    return "%s: %s %s %s %s, socket in %s, out %s, closed %s"
        .formatted(
            outcome(action),
            outcome(() -> c.write(bytes("x"))),
            c.isBlocking() && c.socket().isConnected()
                ? ""
                : outcome(() -> c.read(ByteBuffer.allocate(1))),
            outcome(c::finishConnect),
            outcome(c::getLocalAddress),
            c.socket().isInputShutdown(),
            c.socket().isOutputShutdown(),
            c.socket().isClosed());
  }
}
