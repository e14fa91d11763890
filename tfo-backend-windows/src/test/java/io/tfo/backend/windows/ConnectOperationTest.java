package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConnectOperationTest {
  @ParameterizedTest
  @CsvSource({"8, 32", "4, 20"})
  void hasAnOverlappedOfThePlatformsSize(int pointerSize, int sizeofOverlapped) {
    assertThat(new ConnectOperation(0, pointerSize).overlapped.capacity())
        .isEqualTo(sizeofOverlapped);
  }

  @Test
  void keepsCopiesOfWhatItIsGivenAndAnOverlappedThatIsZero() {
    ConnectOperation operation = new ConnectOperation(0, 8);
    operation.overlapped.putLong(0, 0x103).putLong(24, 9);
    ByteBuffer address = ByteBuffer.allocateDirect(28).put(27, (byte) 1);
    ByteBuffer data = ByteBuffer.allocateDirect(5).put(4, (byte) 2);

    operation.begin(address, 28, data, 5);

    address.put(27, (byte) 9);
    data.put(4, (byte) 9);
    assertThat(operation.address.get(27)).isEqualTo((byte) 1);
    assertThat(operation.data.get(4)).isEqualTo((byte) 2);
    for (int i = 0; i < 32; i++) {
      assertThat(operation.overlapped.get(i)).isZero();
    }
  }

  @Test
  void isFreeWhenBothItsHoldersHaveLetGo() throws Exception {
    ConnectOperation operation = new ConnectOperation(0, 8);
    operation.begin(ByteBuffer.allocateDirect(28), 16, ByteBuffer.allocateDirect(1), 0);

    assertThat(operation.await(Duration.ZERO)).isFalse();
    operation.done();
    assertThat(operation.await(Duration.ZERO)).isTrue();
    assertThat(operation.letGo()).isFalse();
    assertThat(operation.letGo()).isTrue();
  }
}
