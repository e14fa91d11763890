package io.tfo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FastOpenKeyScheduleTest {
  private static final byte[] SECRET = "correct horse battery staple".getBytes(US_ASCII);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Instant MIDNIGHT = Instant.ofEpochSecond(20_418 * 86_400L);

  /** Computed by Python's hmac module. */
  private static final String YESTERDAY = "a78bba57-e45d8f77-50db0199-65f0dc24";

  private static final String TODAY = "6136b459-a95c8ab7-31e02b58-76445eda";
  private static final String TOMORROW = "83591b5b-1f6ac7b3-21c5399b-658eb437";

  private static List<String> keysAt(Instant time) {
    return keysAt(time, DAY);
  }

  private static List<String> keysAt(Instant time, Duration period) {
    return List.of(FastOpenKeys.derived(SECRET, period, time).toSysctl().split(","));
  }

  @Test
  void derivesTheKeysThatAnotherProgramDerives() {
    assertThat(keysAt(MIDNIGHT)).containsExactly(TODAY, YESTERDAY);
    assertThat(keysAt(MIDNIGHT.plus(Duration.ofHours(12)).minusNanos(1)))
        .containsExactly(TODAY, YESTERDAY);
    assertThat(keysAt(MIDNIGHT.plus(Duration.ofHours(12)))).containsExactly(TODAY, TOMORROW);
    assertThat(keysAt(MIDNIGHT.plus(Duration.ofHours(24)).minusNanos(1)))
        .containsExactly(TODAY, TOMORROW);
    assertThat(keysAt(MIDNIGHT.plus(Duration.ofHours(24)))).containsExactly(TOMORROW, TODAY);
  }

  /** Every pair of moments of two days that differ by less than half a period. */
  @Test
  void letsServersWhoseClocksDifferByLessThanHalfAPeriodAcceptEachOthersCookies() {
    Duration step = Duration.ofMinutes(97);
    for (Instant t = MIDNIGHT; t.isBefore(MIDNIGHT.plus(DAY).plus(DAY)); t = t.plus(step)) {
      String cookieKey = keysAt(t).get(0);
      for (Duration skew = Duration.ofHours(-12).plusNanos(1);
          skew.compareTo(Duration.ofHours(12)) < 0;
          skew = skew.plus(Duration.ofMinutes(61))) {
        assertThat(keysAt(t.plus(skew))).as("%s and %s", t, skew).contains(cookieKey);
      }
    }
  }

  @Test
  void refusesACookieOfTwoPeriodsAgo() {
    assertThat(keysAt(MIDNIGHT.plus(Duration.ofHours(48)))).doesNotContain(TODAY);
  }

  @Test
  void worksBefore1970AndWithAnOddPeriod() {
    Duration odd = Duration.ofSeconds(3);
    Instant before = Instant.ofEpochSecond(-1);
    assertThat(keysAt(before, odd).get(0)).isEqualTo(keysAt(Instant.ofEpochSecond(-3), odd).get(0));
    assertThat(keysAt(before, odd).get(1)).isEqualTo(keysAt(Instant.EPOCH, odd).get(0));
  }

  @Test
  void hasOtherKeysForAnotherPeriodOrSecret() {
    assertThat(keysAt(MIDNIGHT, Duration.ofDays(2)).get(0)).isNotEqualTo(TODAY);
    assertThat(FastOpenKeys.derived(new byte[] {0}, DAY, MIDNIGHT).toSysctl())
        .doesNotContain(TODAY);
  }

  @Test
  void doesNotKeepTheSecret() {
    byte[] secret = SECRET.clone();
    FastOpenKeySchedule schedule = FastOpenKeySchedule.of(secret, DAY);
    Arrays.fill(secret, (byte) 0);
    assertThat(schedule.keysAt(MIDNIGHT).toSysctl()).startsWith(TODAY);
    assertThat(schedule).hasToString("FastOpenKeySchedule[PT24H]");
    assertThat(schedule.period()).isEqualTo(DAY);

    schedule.close();
    assertThatThrownBy(() -> schedule.keysAt(MIDNIGHT)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void refusesAnEmptySecret() {
    assertThatThrownBy(() -> FastOpenKeySchedule.of(new byte[0], DAY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the secret is empty");
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT1S", "PT-2S", "PT2.5S"})
  void refusesAPeriodThatIsNotWholeSecondsOrTooShort(String period) {
    assertThatThrownBy(() -> FastOpenKeySchedule.of(SECRET, Duration.parse(period)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("whole seconds")
        .hasMessageContaining(Duration.parse(period).toString());
  }
}
