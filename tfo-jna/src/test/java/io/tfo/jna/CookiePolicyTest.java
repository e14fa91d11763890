package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.SilentLogger;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CookiePolicyTest {
  @RegisterExtension static final SilentLogger LOG = new SilentLogger("io.tfo");

  private static final InetSocketAddress PRIVATE = new InetSocketAddress("10.1.2.3", 443);
  private static final InetSocketAddress PUBLIC = new InetSocketAddress("192.0.2.1", 443);
  private static final CookiePolicy NONE = new CookiePolicy(null, null);

  @Test
  void namesNoDestinationByDefault() {
    assertThat(CookiePolicy.plainOf(null)).isNull();
    assertThat(CookiePolicy.withoutCookieOf(null)).isNull();
    assertThat(CookiePolicy.SYSTEM).isEqualTo(NONE);
    assertThat(NONE.isPlain(PRIVATE)).isFalse();
    assertThat(NONE.isWithoutCookie(PRIVATE)).isFalse();
    Predicate<InetSocketAddress> all = destination -> true;
    assertThat(NONE.restrict(all)).isSameAs(all);
  }

  @Test
  void takesTheBlocksOfTheProperties() {
    Predicate<InetSocketAddress> plain = Objects.requireNonNull(CookiePolicy.plainOf("10.0.0.0/8"));
    assertThat(plain).accepts(PRIVATE).rejects(PUBLIC);
    Predicate<InetSocketAddress> without =
        Objects.requireNonNull(CookiePolicy.withoutCookieOf("10.0.0.0/8,fc00::/7"));
    assertThat(without).accepts(PRIVATE).rejects(PUBLIC);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0.0/33", "example.org"})
  void connectsPlainlyToAllWhereThePropertyOfPlainBlocksIsMalformed(String value) {
    assertThat(Objects.requireNonNull(CookiePolicy.plainOf(value))).accepts(PRIVATE, PUBLIC);
    assertThat(CookiePolicy.withoutCookieOf(value)).isNull();
  }

  @Test
  void tellsWhyAllConnectsArePlain() {
    CookiePolicy malformed = new CookiePolicy(CookiePolicy.plainOf("example.org"), null);

    assertThat(malformed.plainFor(PUBLIC::equals).withoutCookie(PRIVATE::equals).whyAllArePlain())
        .startsWith("-Dio.tfo.plain=example.org: block 'example.org': must be")
        .endsWith("; all connects are plain");
    assertThat(NONE.plainFor(d -> true).whyAllArePlain()).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0/0", "::/0", "10.0.0.0/8,128.0.0.0/7", "2000::/3"})
  void refusesLargeBlocksWithoutCookies(String value) {
    assertThat(CookiePolicy.withoutCookieOf(value)).isNull();
  }

  @Test
  void addsDestinations() {
    CookiePolicy policy =
        NONE.plainFor(PUBLIC::equals).withoutCookie(PRIVATE::equals).plainFor(d -> false);
    assertThat(policy.isPlain(PUBLIC)).isTrue();
    assertThat(policy.isPlain(PRIVATE)).isFalse();
    assertThat(policy.withoutCookie(d -> false).isWithoutCookie(PRIVATE)).isTrue();
    assertThat(policy.isWithoutCookie(PUBLIC)).isFalse();
    assertThat(policy.restrict(d -> true).test(PUBLIC)).isFalse();
    assertThat(policy.restrict(d -> true).test(PRIVATE)).isTrue();
  }
}
