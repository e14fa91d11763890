package io.tfo.jna;

import io.tfo.AddressBlocks;
import io.tfo.log.ProgramLog;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The destinations whose SYNs have no cookie: since they are plain, or since they carry data
 * without one.
 *
 * @param plain the destinations that are connected plainly; null for none
 * @param withoutCookie the destinations that are sent data without a cookie; null for none
 */
record CookiePolicy(
    @Nullable Predicate<? super InetSocketAddress> plain,
    @Nullable Predicate<? super InetSocketAddress> withoutCookie) {
  private static final String PLAIN = "io.tfo.plain";
  private static final String WITHOUT_COOKIE = "io.tfo.withoutCookie";

  /** The largest blocks of private addresses: 10.0.0.0/8 (RFC 1918), fc00::/7 (RFC 4193). */
  private static final int SHORTEST_IPV4 = 8;

  private static final int SHORTEST_IPV6 = 7;

  /** The policy of the system properties, read once. */
  static final CookiePolicy SYSTEM =
      new CookiePolicy(
          plainOf(System.getProperty(PLAIN)), withoutCookieOf(System.getProperty(WITHOUT_COOKIE)));

  boolean isPlain(InetSocketAddress destination) {
    return plain != null && plain.test(destination);
  }

  boolean isWithoutCookie(InetSocketAddress destination) {
    return withoutCookie != null && withoutCookie.test(destination);
  }

  /** Leaves out the plain destinations of those that a predicate accepts. */
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

  /** A malformed value makes all connects plain: no cookie may go where it was not to go. */
  static @Nullable Predicate<InetSocketAddress> plainOf(@Nullable String blocks) {
    try {
      return blocks == null ? null : AddressBlocks.parse(blocks);
    } catch (IllegalArgumentException e) {
      String reason = malformed(PLAIN, blocks, e.getMessage() + "; all connects are plain");
      warn(reason);
      return new All(reason);
    }
  }

  /** A malformed value, or one that is nearly all of the Internet, leaves cookies in all SYNs. */
  static @Nullable Predicate<InetSocketAddress> withoutCookieOf(@Nullable String text) {
    try {
      AddressBlocks blocks = text == null ? null : AddressBlocks.parse(text);
      if (blocks == null
          || (blocks.shortestPrefix(Inet4Address.class) >= SHORTEST_IPV4
              && blocks.shortestPrefix(Inet6Address.class) >= SHORTEST_IPV6)) {
        return blocks;
      }
      warn(
          malformed(
              WITHOUT_COOKIE,
              text,
              String.format(
                  Locale.ROOT,
                  "a block is larger than the largest private one, /%d or /%d; cookies stay",
                  SHORTEST_IPV4,
                  SHORTEST_IPV6)));
    } catch (IllegalArgumentException e) {
      warn(malformed(WITHOUT_COOKIE, text, e.getMessage() + "; cookies stay"));
    }
    return null;
  }

  /** Accepts all destinations, for a reason. */
  private record All(String reason) implements Predicate<InetSocketAddress> {
    @Override
    public boolean test(InetSocketAddress destination) {
      return true;
    }
  }

  /** What is told of a property that is malformed. */
  private static String malformed(String property, @Nullable String value, String reason) {
    return String.format(Locale.ROOT, "-D%s=%s: %s", property, value, reason);
  }

  private static void warn(String text) {
    ProgramLog.log(System.Logger.Level.WARNING, text);
  }
}
