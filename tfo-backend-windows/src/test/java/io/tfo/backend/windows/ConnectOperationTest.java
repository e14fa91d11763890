package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.times;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectOperationTest {
  private static final int FD = 7;
  private static final int WSA_IO_PENDING = 997;
  private static final int WSAECONNREFUSED = 10061;

  private final WindowsSocketApi sockets = mock(WindowsSocketApi.class);
  private final List<ConnectOperation> released = new ArrayList<>();

  private ConnectOperation operation(int pointerSize) {
    return new ConnectOperation(sockets, released::add, 0, pointerSize);
  }

  /** Begins a connect whose ConnectEx returns this result. */
  private boolean begin(ConnectOperation operation, int result) {
    when(sockets.ConnectEx(anyInt(), any(), anyInt(), any(), anyInt(), any(), any()))
        .thenReturn(result);
    return operation.begin(FD, ByteBuffer.allocateDirect(28), 16, ByteBuffer.allocateDirect(1), 0);
  }

  @ParameterizedTest
  @CsvSource({"8, 32", "4, 20"})
  void hasAnOverlappedOfThePlatformsSize(int pointerSize, int sizeofOverlapped) {
    assertThat(operation(pointerSize).overlapped.capacity()).isEqualTo(sizeofOverlapped);
  }

  @Test
  void keepsCopiesOfWhatItIsGivenAndAnOverlappedThatIsZero() {
    ConnectOperation operation = operation(8);
    operation.overlapped.putLong(0, 0x103).putLong(24, 9);
    ByteBuffer address = ByteBuffer.allocateDirect(28).put(27, (byte) 1);
    ByteBuffer data = ByteBuffer.allocateDirect(5).put(4, (byte) 2);

    assertThat(operation.begin(FD, address, 28, data, 5)).isTrue();

    address.put(27, (byte) 9);
    data.put(4, (byte) 9);
    assertThat(operation.address.get(27)).isEqualTo((byte) 1);
    assertThat(operation.data.get(4)).isEqualTo((byte) 2);
    for (int i = 0; i < 32; i++) {
      assertThat(operation.overlapped.get(i)).isZero();
    }
  }

  @Test
  void givesConnectExAtMostOneSegment() {
    ConnectOperation operation = operation(8);

    operation.begin(FD, ByteBuffer.allocateDirect(28), 16, ByteBuffer.allocateDirect(4000), 4000);

    verify(sockets).ConnectEx(eq(FD), any(), eq(16), any(), eq(1460), any(), any());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -WSA_IO_PENDING})
  void isFreeWhenBothItsHoldersHaveReleasedIt(int result) throws Exception {
    ConnectOperation operation = operation(8);
    assertThat(begin(operation, result)).isTrue();

    assertThat(operation.await(Duration.ZERO)).isFalse();
    operation.complete();
    assertThat(operation.await(Duration.ZERO)).isTrue();
    operation.release();
    assertThat(released).isEmpty();
    operation.finish(FD);
    assertThat(released).containsExactly(operation);
  }

  @Test
  void isFreeAtOnceWhereConnectExFails() {
    ConnectOperation operation = operation(8);

    assertThat(begin(operation, -WSAECONNREFUSED)).isFalse();

    assertThat(released).containsExactly(operation);
  }

  @ParameterizedTest
  @CsvSource({"7, 1", "-1, 0"})
  void isCancelledOnAnOpenSocketAndFreeOnceWindowsHasReleasedIt(int fd, int cancelled) {
    ConnectOperation operation = operation(8);
    begin(operation, -WSA_IO_PENDING);

    operation.abandon(fd);

    verify(sockets, times(cancelled)).CancelIoEx(fd, operation.overlapped);
    assertThat(released).isEmpty();
    operation.release();
    assertThat(released).containsExactly(operation);
  }
}
