package io.tfo.integration.nio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** A state of an asynchronous channel, and the calls that lead to it. */
enum AsynchronousState {
  UNCONNECTED(pair -> {}),
  BOUND(pair -> pair.channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))),
  REFUSED(
      pair -> {
        try {
          AsynchronousPair.get(pair.channel.connect(ServerSide.refusing()));
        } catch (java.net.ConnectException e) {
          // As expected.
        }
      }),
  FRESH(AsynchronousPair::connect),
  FRESH_BY_A_HANDLER(
      pair -> {
        var result = new AsynchronousPair.Result<Void>();
        pair.channel.connect(pair.server.address(), "", result);
        AsynchronousPair.get(result);
      }),
  FRESH_BOUND(BOUND, AsynchronousPair::connect),
  FRESH_WITH_OPTIONS(
      FRESH,
      pair -> {
        pair.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        pair.channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      }),
  READING(
      FRESH,
      pair -> {
        pair.pending = pair.channel.read(ByteBuffer.allocate(5));
        pair.isReading = true;
      }),
  READ_TIMED_OUT(
      FRESH,
      pair -> {
        var result = new AsynchronousPair.Result<Integer>();
        pair.channel.read(ByteBuffer.allocate(5), 1, TimeUnit.MILLISECONDS, "", result);
        AsynchronousPair.get(result);
      }),
  READ_CANCELLED(READING, pair -> pair.pending.cancel(true)),
  WRITTEN(
      FRESH,
      pair -> {
        pair.write('w');
        pair.server.reads();
      }),
  READ(
      WRITTEN,
      pair -> {
        pair.server.writes();
        pair.read();
      }),
  INPUT_SHUT_FRESH(FRESH, pair -> pair.channel.shutdownInput()),
  OUTPUT_SHUT_FRESH(FRESH, pair -> pair.channel.shutdownOutput()),
  INPUT_SHUT(WRITTEN, pair -> pair.channel.shutdownInput()),
  OUTPUT_SHUT(WRITTEN, pair -> pair.channel.shutdownOutput()),
  PEER_ENDED(WRITTEN, pair -> pair.server.peer().shutdownOutput()),
  PEER_RESET(
      WRITTEN,
      pair -> {
        pair.server.peer().setOption(StandardSocketOptions.SO_LINGER, 0);
        pair.server.peer().close();
        try {
          pair.read();
        } catch (java.io.IOException e) {
          // As expected.
        }
      }),
  CLOSED_UNCONNECTED(pair -> pair.channel.close()),
  CLOSED_FRESH(FRESH, pair -> pair.channel.close()),
  CLOSED_READING(READING, pair -> pair.channel.close()),
  CLOSED(WRITTEN, pair -> pair.channel.close());

  private interface Steps {
    void in(AsynchronousPair pair) throws Exception;
  }

  private final Steps steps;

  AsynchronousState(Steps steps) {
    this.steps = steps;
  }

  AsynchronousState(AsynchronousState before, Steps steps) {
    this.steps =
        pair -> {
          before.steps.in(pair);
          steps.in(pair);
        };
  }

  void reach(AsynchronousPair pair) throws Exception {
    steps.in(pair);
  }
}
