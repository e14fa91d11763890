package io.tfo.jna;

import io.tfo.AddressBlocks;
import io.tfo.spi.MalformedProperties;
import java.net.InetSocketAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The destinations whose SYNs have no cookie, because they are plain, or because they carry data
 * without a cookie.
 *
 * @param plain the destinations that are connected plainly; null for none
 * @param withoutCookie the destinations that are sent data without a cookie; null for none
 */
record CookiePolicy(
    @Nullable Predicate<? super InetSocketAddress> plain,
    @Nullable Predicate<? super InetSocketAddress> withoutCookie) {
  private static final String PLAIN = "io.tfo.plain";
  private static final String WITHOUT_COOKIE = "io.tfo.withoutCookie";

  /**
   * The policy of the system properties, read once. The choice of a backend logs malformed ones.
   */
  static final CookiePolicy SYSTEM =
      new CookiePolicy(
          plainOf(System.getProperty(PLAIN)), withoutCookieOf(System.getProperty(WITHOUT_COOKIE)));

  boolean isPlain(InetSocketAddress destination) {
    return plain != null && plain.test(destination);
  }

  boolean isWithoutCookie(InetSocketAddress destination) {
    return withoutCookie != null && withoutCookie.test(destination);
  }

  /** Returns a predicate without the plain destinations. */
  Predicate<? super InetSocketAddress> restrict(Predicate<? super InetSocketAddress> which) {
    Predicate<? super InetSocketAddress> excluded = plain;
    return excluded == null ? which : each -> !excluded.test(each) && which.test(each);
  }

  /** Why all connects are plain; null if that is not so. */
  @Nullable String whyAllArePlain() {
    return plain instanceof All all ? all.reason : null;
  }

  CookiePolicy plainFor(Predicate<? super InetSocketAddress> more) {
    Predicate<? super InetSocketAddress> before = plain;
    if (before instanceof All) {
      return this;
    }
    return new CookiePolicy(
        before == null ? more : each -> before.test(each) || more.test(each), withoutCookie);
  }

  CookiePolicy withoutCookie(Predicate<? super InetSocketAddress> more) {
    Predicate<? super InetSocketAddress> before = withoutCookie;
    return new CookiePolicy(
        plain, before == null ? more : each -> before.test(each) || more.test(each));
  }

  /** A malformed value makes all connects plain: no cookie may go to an excluded destination. */
  static @Nullable Predicate<InetSocketAddress> plainOf(@Nullable String blocks) {
    if (blocks == null) {
      return null;
    }
    String malformed = MalformedProperties.plain(blocks);
    return malformed == null ? AddressBlocks.parse(blocks) : new All(malformed);
  }

  /** A malformed value, or one that is nearly all of the Internet, leaves cookies in all SYNs. */
  static @Nullable Predicate<InetSocketAddress> withoutCookieOf(@Nullable String blocks) {
    return blocks == null || MalformedProperties.withoutCookie(blocks) != null
        ? null
        : AddressBlocks.parse(blocks);
  }

  /** Accepts all destinations, for a reason. */
  private record All(String reason) implements Predicate<InetSocketAddress> {
    @Override
    public boolean test(InetSocketAddress destination) {
      return true;
    }
  }
}
