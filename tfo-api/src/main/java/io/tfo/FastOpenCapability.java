package io.tfo;

import java.util.Objects;
import java.util.Optional;

/**
 * Whether TCP Fast Open can be used here and now, on one side, and if not, why and what to do.
 *
 * <p>For example {@code DISABLED, "net.ipv4.tcp_fastopen=1: client only", "sysctl -w
 * net.ipv4.tcp_fastopen=3"}.
 *
 * @param status whether it can be used
 * @param detail what was found, for people
 * @param remedy what would make it available, where something would: a command or a setting
 */
public record FastOpenCapability(Status status, String detail, Optional<String> remedy) {
  /** Whether TCP Fast Open can be used. */
  public enum Status {
    /** It is switched on. A peer or a middlebox may still refuse it. */
    AVAILABLE,
    /** The platform can do it, but a setting of this machine has switched it off. */
    DISABLED,
    /** This platform, this runtime or this backend cannot do it. */
    UNSUPPORTED
  }

  /** Checks that no component is null. */
  public FastOpenCapability {
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(detail, "detail");
    Objects.requireNonNull(remedy, "remedy");
  }

  /**
   * An available capability.
   *
   * @param detail what was found
   * @return the capability, without a remedy
   */
  public static FastOpenCapability available(String detail) {
    return new FastOpenCapability(Status.AVAILABLE, detail, Optional.empty());
  }

  /**
   * A capability that a setting has switched off.
   *
   * @param detail what was found
   * @param remedy what switches it on
   * @return the capability
   */
  public static FastOpenCapability disabled(String detail, String remedy) {
    return new FastOpenCapability(Status.DISABLED, detail, Optional.of(remedy));
  }

  /**
   * A capability that this platform does not have, whatever one sets.
   *
   * @param detail the reason
   * @return the capability, without a remedy
   */
  public static FastOpenCapability unsupported(String detail) {
    return new FastOpenCapability(Status.UNSUPPORTED, detail, Optional.empty());
  }

  /**
   * A capability that is missing for a reason that the user can mend.
   *
   * @param detail the reason
   * @param remedy what would mend it
   * @return the capability
   */
  public static FastOpenCapability unsupported(String detail, String remedy) {
    return new FastOpenCapability(Status.UNSUPPORTED, detail, Optional.of(remedy));
  }

  /** One line for people. */
  @Override
  public String toString() {
    return status + ": " + detail + remedy.map(r -> " (remedy: " + r + ")").orElse("");
  }
}
