package io.tfo.integration.nio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;

/** A state of a channel, and the calls that lead to it. */
enum ChannelState {
  UNCONNECTED(pair -> {}),
  UNCONNECTED_BLOCKING(pair -> pair.channel.configureBlocking(true)),
  BOUND(pair -> pair.channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))),
  PENDING(pair -> pair.channel.connect(pair.server.address())),
  PENDING_BOUND(BOUND, pair -> pair.channel.connect(pair.server.address())),
  PENDING_REFUSED(pair -> pair.channel.connect(ServerSide.refusing())),
  PENDING_BLOCKING(PENDING, pair -> pair.channel.configureBlocking(true)),
  FRESH(PENDING, pair -> pair.finishConnect(pair.channel)),
  FRESH_BOUND(PENDING_BOUND, pair -> pair.finishConnect(pair.channel)),
  FRESH_LINGERING(FRESH, pair -> pair.channel.setOption(StandardSocketOptions.SO_LINGER, 3)),
  INPUT_SHUT_FRESH(FRESH, pair -> pair.channel.shutdownInput()),
  FRESH_BLOCKING(FRESH, pair -> pair.channel.configureBlocking(true)),
  WRITTEN(
      FRESH,
      pair -> {
        pair.write('w');
        pair.server.reads();
      }),
  WRITTEN_BLOCKING(
      FRESH_BLOCKING,
      pair -> {
        pair.write('w');
        pair.server.reads();
      }),
  READ(
      FRESH,
      pair -> {
        pair.write('w');
        pair.server.reads();
        pair.server.writes();
        pair.read();
      }),
  OUTPUT_SHUT_FRESH(FRESH, pair -> pair.channel.shutdownOutput()),
  INPUT_SHUT(WRITTEN, pair -> pair.channel.shutdownInput()),
  OUTPUT_SHUT(WRITTEN, pair -> pair.channel.shutdownOutput()),
  PEER_ENDED(WRITTEN, pair -> pair.server.peer().shutdownOutput()),
  PEER_RESET(
      WRITTEN,
      pair -> {
        pair.server.peer().setOption(StandardSocketOptions.SO_LINGER, 0);
        pair.server.peer().close();
      }),
  CLOSED_UNCONNECTED(pair -> pair.channel.close()),
  CLOSED_PENDING(PENDING, pair -> pair.channel.close()),
  CLOSED_FRESH(FRESH, pair -> pair.channel.close()),
  CLOSED(WRITTEN, pair -> pair.channel.close());

  private interface Steps {
    void in(ChannelPair pair) throws Exception;
  }

  private final Steps steps;

  ChannelState(Steps steps) {
    this.steps = steps;
  }

  ChannelState(ChannelState before, Steps steps) {
    this.steps =
        pair -> {
          before.steps.in(pair);
          steps.in(pair);
        };
  }

  void reach(ChannelPair pair) throws Exception {
    steps.in(pair);
  }
}
