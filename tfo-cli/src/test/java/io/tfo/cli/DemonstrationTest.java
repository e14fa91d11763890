package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.lab.FullListener;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;

class DemonstrationTest {
  @Test
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void endsTheWarmUpWhereLoopbackDoesNotAnswer() throws Exception {
    try (FullListener full = new FullListener()) {
      ServerSocketChannel listening = mock(ServerSocketChannel.class);
      when(listening.getLocalAddress()).thenReturn(full.address());
      when(listening.accept()).thenThrow(new ClosedChannelException());
      FastOpenListener listener = mock(FastOpenListener.class);
      when(listener.open(any(), anyInt(), anyInt())).thenReturn(listening);
      long start = System.nanoTime();

      Demonstration.warmUp(FastOpenConnector.system(), listener);

      verify(listening).getLocalAddress();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    }
  }
}
