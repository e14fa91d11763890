package io.tfo.integration.nio;

import io.tfo.integration.nio.AsynchronousPair.Result;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A call of an asynchronous channel, and what is seen of it. */
enum AsynchronousCall {
  CONNECT((c, p) -> AsynchronousPair.get(c.connect(p.server.address()))),
  CONNECT_BY_A_HANDLER(
      (c, p) -> {
        Result<Void> result = new Result<>();
        c.connect(p.server.address(), "attached", result);
        return AsynchronousPair.get(result);
      }),
  CONNECT_REFUSED((c, p) -> AsynchronousPair.get(c.connect(ServerSide.refusing()))),
  CONNECT_NULL((c, p) -> c.connect(null)),
  CONNECT_WITHOUT_HANDLER(
      (c, p) -> {
        c.connect(p.server.address(), "", null);
        return "connected";
      }),
  CONNECT_UNRESOLVED((c, p) -> c.connect(InetSocketAddress.createUnresolved("nowhere", 1))),
  CONNECT_AND_CONNECT(
      (c, p) -> {
        Future<Void> first = c.connect(p.server.address());
        return outcome(() -> c.connect(p.server.address())).isEmpty()
            + " "
            + AsynchronousPair.get(first);
      }),
  BIND((c, p) -> c.bind(null) == c),
  ADDRESSES((c, p) -> outcome(c::getLocalAddress) + outcome(c::getRemoteAddress)),
  OPTIONS(
      (c, p) ->
          new TreeSet<>(c.supportedOptions().stream().map(Object::toString).toList())
              + outcome(() -> c.getOption(StandardSocketOptions.TCP_NODELAY))
              + outcome(() -> c.setOption(StandardSocketOptions.SO_REUSEADDR, true) == c)
              + outcome(() -> c.setOption(StandardSocketOptions.SO_BROADCAST, true))),
  WRITE((c, p) -> AsynchronousPair.get(c.write(bytes("write")))),
  WRITE_BY_A_HANDLER(
      (c, p) -> {
        Result<Integer> result = new Result<>();
        c.write(bytes("write"), "attached", result);
        return AsynchronousPair.get(result);
      }),
  WRITE_WITH_A_TIMEOUT(
      (c, p) -> {
        Result<Integer> result = new Result<>();
        c.write(bytes("write"), 9, TimeUnit.SECONDS, "attached", result);
        return AsynchronousPair.get(result);
      }),
  WRITE_MUCH((c, p) -> AsynchronousPair.get(c.write(ByteBuffer.allocate(20_000)))),
  WRITE_NOTHING((c, p) -> AsynchronousPair.get(c.write(ByteBuffer.allocate(0)))),
  WRITE_NULL((c, p) -> c.write(null)),
  WRITE_WITHOUT_HANDLER(
      (c, p) -> {
        c.write(bytes("x"), "", null);
        return "written";
      }),
  WRITE_TWICE(
      (c, p) ->
          AsynchronousPair.get(c.write(bytes("wr"))) + AsynchronousPair.get(c.write(bytes("ite")))),
  GATHER(
      (c, p) -> {
        Result<Long> result = new Result<>();
        ByteBuffer[] sources = {bytes("-"), bytes("wri"), bytes("te"), bytes("-")};
        c.write(sources, 1, 2, 0, TimeUnit.SECONDS, "attached", result);
        return AsynchronousPair.get(result) + sources[0].position() + sources[2].position();
      }),
  GATHER_MUCH(
      (c, p) -> {
        Result<Long> result = new Result<>();
        ByteBuffer[] sources = {ByteBuffer.allocate(9_000), ByteBuffer.allocate(9_000)};
        c.write(sources, 0, 2, 0, TimeUnit.SECONDS, "attached", result);
        return AsynchronousPair.get(result);
      }),
  GATHER_NOTHING(
      (c, p) -> {
        Result<Long> result = new Result<>();
        c.write(new ByteBuffer[0], 0, 0, 0, TimeUnit.SECONDS, "attached", result);
        return AsynchronousPair.get(result);
      }),
  GATHER_OUT_OF_BOUNDS(
      (c, p) -> {
        c.write(new ByteBuffer[1], 1, 1, 0, TimeUnit.SECONDS, "", new Result<Long>());
        return "written";
      }),
  GATHER_A_NULL(
      (c, p) -> {
        Result<Long> result = new Result<>();
        c.write(new ByteBuffer[1], 0, 1, 0, TimeUnit.SECONDS, "", result);
        return AsynchronousPair.get(result).startsWith("java.lang.NullPointerException");
      }),
  READ_AFTER_THE_PEER_WRITES(
      (c, p) -> {
        Future<Integer> read = c.read(ByteBuffer.allocate(5));
        if (!read.isDone()) {
          p.server.writes();
        }
        return AsynchronousPair.get(read);
      }),
  READ_BY_A_HANDLER(
      (c, p) -> {
        Result<Integer> result = new Result<>();
        c.read(ByteBuffer.allocate(5), "attached", result);
        if (c.isOpen()) {
          p.server.writes();
        }
        return AsynchronousPair.get(result);
      }),
  READ_UNTIL_A_TIMEOUT(
      (c, p) -> {
        Result<Integer> result = new Result<>();
        // Long enough for a thread of the group to read what is there.
        c.read(ByteBuffer.allocate(5), 200, TimeUnit.MILLISECONDS, "attached", result);
        return AsynchronousPair.get(result)
            + outcome(() -> c.read(ByteBuffer.allocate(1)).isDone());
      }),
  READ_AND_CANCEL(
      (c, p) -> {
        Future<Integer> read = c.read(ByteBuffer.allocate(5));
        boolean cancelled = read.cancel(true);
        return cancelled
            + " "
            + read.isCancelled()
            + read.isDone()
            + outcome(() -> AsynchronousPair.get(read))
            + outcome(() -> c.read(ByteBuffer.allocate(1)).isDone());
      }),
  READ_AND_READ(
      (c, p) -> {
        Future<Integer> unused = c.read(ByteBuffer.allocate(5));
        return outcome(() -> c.read(ByteBuffer.allocate(5)).isDone());
      }),
  READ_AND_CLOSE(
      (c, p) -> {
        Future<Integer> read = c.read(ByteBuffer.allocate(5));
        c.close();
        return outcome(() -> AsynchronousPair.get(read));
      }),
  READ_NOTHING((c, p) -> AsynchronousPair.get(c.read(ByteBuffer.allocate(0)))),
  READ_NULL((c, p) -> c.read(null)),
  READ_INTO_READ_ONLY((c, p) -> c.read(ByteBuffer.allocate(1).asReadOnlyBuffer())),
  SCATTER(
      (c, p) -> {
        Result<Long> result = new Result<>();
        ByteBuffer[] targets = {ByteBuffer.allocate(1), ByteBuffer.allocate(2)};
        c.read(targets, 0, 2, 0, TimeUnit.SECONDS, "attached", result);
        if (c.isOpen()) {
          p.server.writes();
        }
        return AsynchronousPair.get(result);
      }),
  TALK((c, p) -> p.isReading ? "reads already" : talk(p)),
  PENDING(
      (c, p) -> {
        if (p.pending.isDone()) {
          return outcome(() -> AsynchronousPair.get(p.pending));
        }
        p.server.writes();
        return AsynchronousPair.get(p.pending);
      }),
  SHUTDOWN_INPUT((c, p) -> afterwards(c, p, () -> c.shutdownInput() == c)),
  SHUTDOWN_OUTPUT((c, p) -> afterwards(c, p, () -> c.shutdownOutput() == c)),
  SHUTDOWN_BOTH((c, p) -> afterwards(c, p, () -> c.shutdownInput().shutdownOutput() == c)),
  CLOSE(
      (c, p) ->
          afterwards(
              c,
              p,
              () -> {
                c.close();
                return "";
              })),
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
        AsynchronousPair.get(c.write(ByteBuffer.allocate(0)));
        c.close();
        return p.server.readsAll();
      });

  private interface Call {
    Object on(AsynchronousSocketChannel channel, AsynchronousPair pair) throws Exception;
  }

  private interface Action {
    Object run() throws Exception;
  }

  private final Call call;

  AsynchronousCall(Call call) {
    this.call = call;
  }

  /** The answer, or the exception; then the channel's state. */
  String on(AsynchronousPair pair) throws Exception {
    String answer;
    try {
      answer = String.valueOf(call.on(pair.channel, pair));
    } catch (Exception e) {
      answer = e.toString();
    }
    return pair.server
        .normal("%s; open %s, %s".formatted(answer, pair.channel.isOpen(), pair.channel))
        .replaceAll("@[0-9a-f]+", "");
  }

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static String outcome(Action action) {
    try {
      return action.run() + " ";
    } catch (Exception e) {
      return e.getClass().getName() + " ";
    }
  }

  private static String talk(AsynchronousPair pair) throws Exception {
    pair.write('t');
    ByteBuffer heard = ByteBuffer.allocate(10);
    int length = pair.server.peer().read(heard);
    pair.server.writes();
    return length + " heard, answered " + pair.read();
  }

  /** A read that was begun before may or may not have ended: that is chance. */
  private static String afterwards(
      AsynchronousSocketChannel c, AsynchronousPair pair, Action action) {
    String done = outcome(action);
    return done
        + outcome(() -> AsynchronousPair.get(c.write(bytes("x"))))
        + (pair.isReading ? "" : outcome(() -> c.read(ByteBuffer.allocate(1)).isDone()))
        + outcome(c::getLocalAddress)
        + outcome(c::shutdownInput).startsWith("sun")
        + outcome(() -> c.setOption(StandardSocketOptions.TCP_NODELAY, true) == c);
  }
}
