package io.tfo;

import java.util.Objects;
import java.util.Optional;

/**
 * Tells whether TCP Fast Open can be used on one side, client or server, and if not, why and what
 * would help.
 *
 * <p>For example, the server side on Linux: {@code DISABLED, "net.ipv4.tcp_fastopen=1: client
 * only", "sysctl -w net.ipv4.tcp_fastopen=3"}.
 *
 * @param status whether it can be used
 * @param detail what was found, as text for a user or an operator
 * @param remedy a command or a setting, in the environment where the process runs, that would make
 *     it available; for an available capability, one that removes a danger that the detail names;
 *     empty if there is none
 */
public record FastOpenCapability(Status status, String detail, Optional<String> remedy) {
  /** Marks the detail of a capability that {@link #notKnown} has created, for {@link #isKnown}. */
  private static final String NOT_KNOWN = "; not known: ";

  /** Whether TCP Fast Open can be used. */
  public enum Status {
    /**
     * It is switched on; or it is not {@linkplain #isKnown known} whether it is, and the library
     * tries to use it. A peer or a middlebox can still refuse it on a connection.
     */
    AVAILABLE,
    /** The platform supports it, but a setting of this machine has switched it off. */
    DISABLED,
    /** This platform, this Java runtime or this backend does not support it. */
    UNSUPPORTED
  }

  /**
   * Creates a capability.
   *
   * @throws NullPointerException if a component is null; the message is its name
   */
  public FastOpenCapability {
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(detail, "detail");
    Objects.requireNonNull(remedy, "remedy");
  }

  /**
   * Creates an available capability.
   *
   * @param detail what was found
   * @return the capability, without a remedy
   */
  public static FastOpenCapability available(String detail) {
    return new FastOpenCapability(Status.AVAILABLE, detail, Optional.empty());
  }

  /**
   * Creates a capability for a system that does not tell whether TCP Fast Open can be used. The
   * library tries to use it, so the status is {@link Status#AVAILABLE}.
   *
   * @param detail what was found
   * @param reason why it is not known
   * @return the capability, whose detail has both
   */
  public static FastOpenCapability notKnown(String detail, String reason) {
    return available(detail + NOT_KNOWN + reason);
  }

  /**
   * Creates a capability that a setting has switched off.
   *
   * @param detail what was found
   * @param remedy the command or setting that switches it on
   * @return the capability
   */
  public static FastOpenCapability disabled(String detail, String remedy) {
    return new FastOpenCapability(Status.DISABLED, detail, Optional.of(remedy));
  }

  /**
   * Creates a capability that no setting makes available on this platform.
   *
   * @param detail the reason
   * @return the capability, without a remedy
   */
  public static FastOpenCapability unsupported(String detail) {
    return new FastOpenCapability(Status.UNSUPPORTED, detail, Optional.empty());
  }

  /**
   * Creates a capability that is unsupported for a reason that the user can remove, such as a
   * missing library.
   *
   * @param detail the reason
   * @param remedy what removes the reason
   * @return the capability
   */
  public static FastOpenCapability unsupported(String detail, String remedy) {
    return new FastOpenCapability(Status.UNSUPPORTED, detail, Optional.of(remedy));
  }

  /**
   * Returns whether the status is known, rather than assumed. The detail tells, so the answer is
   * the same for a capability whose status and detail were read from another process.
   *
   * @return false for a capability that {@link #notKnown} has created, also if text was added to
   *     its detail
   */
  public boolean isKnown() {
    return status != Status.AVAILABLE || !detail.contains(NOT_KNOWN);
  }

  /** Returns one line: the status, the detail and the remedy. */
  @Override
  public String toString() {
    return status + ": " + detail + remedy.map(r -> " (remedy: " + r + ")").orElse("");
  }
}
