package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class FastOpenCapabilityTest {
  @Test
  void printsTheRemedyIfThereIsOne() {
    assertThat(FastOpenCapability.disabled("tcp_fastopen=1: client only", "sysctl -w it=3"))
        .hasToString("DISABLED: tcp_fastopen=1: client only (remedy: sysctl -w it=3)");
    assertThat(FastOpenCapability.unsupported("no JNA", "add it"))
        .hasToString("UNSUPPORTED: no JNA (remedy: add it)");
  }

  @Test
  void printsNoRemedyIfThereIsNone() {
    assertThat(FastOpenCapability.available("on")).hasToString("AVAILABLE: on");
    assertThat(FastOpenCapability.unsupported("works on Linux; this is Plan 9"))
        .hasToString("UNSUPPORTED: works on Linux; this is Plan 9");
  }

  @Test
  void tellsAGuessFromWhatIsKnown() {
    FastOpenCapability guess = FastOpenCapability.notKnown("the setting is hidden", "no loopback");
    assertThat(guess)
        .hasToString("AVAILABLE: the setting is hidden; not known: no loopback")
        .matches(each -> !each.isKnown());
    assertThat(FastOpenCapability.available(guess.detail() + "; keys: the machine's").isKnown())
        .isFalse();
    assertThat(FastOpenCapability.available("on").isKnown()).isTrue();
    assertThat(FastOpenCapability.unsupported("no JNA; not known: why").isKnown()).isTrue();
  }

  @Test
  @SuppressWarnings("NullAway") // null is what is tested
  void rejectsNullAndNamesTheComponent() {
    assertThatNullPointerException()
        .isThrownBy(() -> new FastOpenCapability(null, "d", Optional.empty()))
        .withMessage("status");
    assertThatNullPointerException()
        .isThrownBy(() -> FastOpenCapability.available(null))
        .withMessage("detail");
    assertThatNullPointerException()
        .isThrownBy(
            () -> new FastOpenCapability(FastOpenCapability.Status.AVAILABLE, "detail", null))
        .withMessage("remedy");
  }
}
