package io.tfo.linux;

import static io.tfo.FastOpenOutcome.COOKIE_REQUESTED;
import static io.tfo.FastOpenOutcome.NOT_ATTEMPTED;
import static io.tfo.FastOpenOutcome.SYN_DATA_ACKED;
import static io.tfo.FastOpenOutcome.SYN_DATA_NOT_ACKED;
import static io.tfo.FastOpenOutcome.SYN_RETRANSMITTED;
import static io.tfo.FastOpenOutcome.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import io.tfo.jna.KernelDeferral;
import io.tfo.jna.NativeTcp;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes as {@code linux/tcp.h} lays them out: options at 5, the failure in two bits of byte 7. */
class TcpInfoTest {
  @ParameterizedTest
  @CsvSource({
    "0, NOT_ATTEMPTED",
    "1, COOKIE_REQUESTED",
    "2, SYN_DATA_NOT_ACKED",
    "3, SYN_RETRANSMITTED"
  })
  void readsEachFailureWhateverTheBitsAroundIt(int code, FastOpenOutcome expected) {
    for (int others : new int[] {0b000, 0b001, 0b111_1_1000, 0b111_1_1001}) {
      ByteBuffer info = info(0xDF, failure(code) | othersInPlace(others));
      assertThat(TcpInfo.ofClient(info, 232, true)).as("bits %x", others).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, true", "2, false", "3, true", "4, true", "7, false", "8, true"})
  void aSocketThatSentItsSynOrIsClosedIsNotAnswered(byte state, boolean expected) {
    assertThat(TcpInfo.isAnswered(info(0, 0).put(0, state), 232)).isEqualTo(expected);
    assertThat(TcpInfo.isAnswered(info(0, 0).put(0, state), 0)).isFalse();
  }

  @Test
  void aSocketThatWasResetIsAnsweredIfTheDataInItsSynWasAcknowledged() {
    ByteBuffer closed = info(0x20, 0).put(0, (byte) 7);
    assertThat(TcpInfo.isAnswered(closed, 232)).isTrue();
  }

  @Test
  void aSocketThatWasResetIsAnsweredIfItsSynWasAcknowledged() {
    ByteBuffer closed = info(0, 0).order(ByteOrder.nativeOrder()).put(0, (byte) 7).putLong(120, 1);
    assertThat(TcpInfo.isAnswered(closed, 128)).isTrue();
    assertThat(TcpInfo.isAnswered(closed, 127)).isFalse(); // before Linux 4.1
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 0, ANSWERED",
    "0, 1, 1, LOST",
    "0, 1, 300, LOST",
    "0, 3, 1, LOST",
    "0x20, 0, 1, ANSWERED",
    "0x20, 0, 0, ANSWERED",
    "0, 0, 1, UNKNOWN",
    "0, 2, 1, ANSWERED"
  })
  void aSynThatWasSentAgainIsLostUnlessItWasAcknowledgedOrMayHaveHadNoOption(
      String options, int code, int retransmissions, NativeTcp.FirstSyn expected) {
    ByteBuffer info = info(Integer.decode(options), failure(code)).putInt(100, retransmissions);
    assertThat(TcpInfo.firstSyn(info, 104, true)).isEqualTo(expected);
    assertThat(TcpInfo.firstSyn(info, 103, true)).isEqualTo(NativeTcp.FirstSyn.UNKNOWN);
  }

  @Test
  void beforeLinux55EachSynThatWasSentAgainIsLostUnlessItsDataWasAcknowledged() {
    assertThat(TcpInfo.firstSyn(info(0, failure(0)).putInt(100, 1), 104, false))
        .isEqualTo(NativeTcp.FirstSyn.LOST);
    assertThat(TcpInfo.firstSyn(info(0x20, failure(0)).putInt(100, 1), 104, false))
        .isEqualTo(NativeTcp.FirstSyn.ANSWERED);
  }

  @Test
  void believesTheAcknowledgementWhateverTheFailure() {
    for (int code = 0; code < 4; code++) {
      assertThat(TcpInfo.ofClient(info(0x20, failure(code)), 232, true)).isEqualTo(SYN_DATA_ACKED);
      assertThat(TcpInfo.ofClient(info(0x20, failure(code)), 232, false)).isEqualTo(SYN_DATA_ACKED);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5})
  void doesNotKnowTheOutcomeWhereTheOptionsWereNotWritten(int length) {
    assertThat(TcpInfo.ofClient(info(0x20, failure(1)), length, true)).isEqualTo(UNKNOWN);
    assertThat(TcpInfo.ofServer(info(0x20, 0), length)).isEqualTo(UNKNOWN);
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 7})
  void doesNotKnowTheFailureWhereItWasNotWritten(int length) {
    assertThat(TcpInfo.ofClient(info(0, failure(1)), length, true)).isEqualTo(UNKNOWN);
    assertThat(TcpInfo.ofClient(info(0x20, failure(1)), length, true)).isEqualTo(SYN_DATA_ACKED);
    assertThat(TcpInfo.ofServer(info(0, 0), length)).isEqualTo(NOT_ATTEMPTED);
  }

  @Test
  void knowsTheFailureFromTheEighthByteOn() {
    assertThat(TcpInfo.ofClient(info(0, failure(1)), 8, true)).isEqualTo(COOKIE_REQUESTED);
  }

  @Test
  void doesNotBelieveAnOldKernelsZero() {
    assertThat(TcpInfo.ofClient(info(0, 0), 104, false)).isEqualTo(UNKNOWN);
    assertThat(TcpInfo.ofClient(info(0, failure(2)), 104, false)).isEqualTo(UNKNOWN);
    assertThat(TcpInfo.ofClient(info(0, failure(2)), 104, true)).isEqualTo(SYN_DATA_NOT_ACKED);
    assertThat(TcpInfo.ofClient(info(0, failure(3)), 104, true)).isEqualTo(SYN_RETRANSMITTED);
  }

  @Test
  void readsTheServersOption() {
    assertThat(TcpInfo.ofServer(info(0x20, 0), 232)).isEqualTo(SYN_DATA_ACKED);
    assertThat(TcpInfo.ofServer(info(0xA7, 0), 232)).isEqualTo(SYN_DATA_ACKED);
    assertThat(TcpInfo.ofServer(info(0x5F, 0xFF), 232)).isEqualTo(NOT_ATTEMPTED);
  }

  private static boolean isLittle() {
    return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
  }

  private static int failure(int code) {
    return isLittle() ? code << 1 : code << 5;
  }

  /** Bits that are not the failure's: as given for little-endian machines. */
  private static int othersInPlace(int bits) {
    return isLittle() ? bits & 0b1111_1001 : Integer.reverse(bits & 0b1111_1001) >>> 24;
  }

  @ParameterizedTest
  @CsvSource({
    "2, 0, 232, WAITING",
    "2, 1, 232, PENDING",
    "1, 0, 232, CONNECTED",
    "1, 1, 232, CONNECTED",
    "8, 0, 232, CONNECTED",
    "7, 0, 232, FAILED",
    "2, 0, 27, FAILED"
  })
  void readsTheStageOfADeferredConnect(
      int state, int unacked, int length, KernelDeferral.Stage stage) {
    ByteBuffer info = ByteBuffer.allocate(232).order(ByteOrder.nativeOrder()).put(0, (byte) state);
    info.putInt(24, unacked);
    assertThat(TcpInfo.stage(info, length)).isEqualTo(stage);
  }

  private static ByteBuffer info(int options, int eighthByte) {
    return ByteBuffer.allocateDirect(TcpInfo.CAPACITY)
        .put(5, (byte) options)
        .put(7, (byte) eighthByte);
  }
}
