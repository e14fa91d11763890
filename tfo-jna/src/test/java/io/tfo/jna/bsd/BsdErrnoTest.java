package io.tfo.jna.bsd;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import org.junit.jupiter.api.Test;

class BsdErrnoTest {
  @Test
  void namesTheCallTheSymbolAndTheNumber() {
    assertThat(BsdErrno.failed("connectx", -65)).hasMessage("connectx: EHOSTUNREACH (65)");
    assertThat(BsdErrno.failed("sendto", -250)).hasMessage("sendto: errno 250");
  }

  @Test
  void throwsWhatTheJdkThrows() {
    assertThat(BsdErrno.failed("c", -65)).isExactlyInstanceOf(NoRouteToHostException.class);
    for (int refused : new int[] {57, 60, 61}) {
      assertThat(BsdErrno.failed("c", -refused)).isExactlyInstanceOf(ConnectException.class);
    }
    for (int bind : new int[] {13, 48, 49}) {
      assertThat(BsdErrno.failed("c", -bind)).isExactlyInstanceOf(BindException.class);
    }
    for (int other : new int[] {1, 35, 47, 51, 250}) {
      assertThat(BsdErrno.failed("c", -other)).isExactlyInstanceOf(SocketException.class);
    }
  }

  @Test
  void knowsAFailedCallByItsNegativeNumberAlone() {
    assertThat(BsdErrno.EAGAIN.is(-35)).isTrue();
    assertThat(BsdErrno.EAGAIN.is(35)).isFalse();
    assertThat(BsdErrno.EAGAIN.is(0)).isFalse();
  }
}
