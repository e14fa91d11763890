package io.tfo;

/** The owner of the keys with which a listener makes and checks its cookies. */
public enum FastOpenKeyOwner {
  /**
   * A listener can have keys of its own, without a privilege. Until it has, it uses those of its
   * machine. Linux 4.15 and later; a backup key, 5.3 and later.
   */
  LISTENER,
  /** The keys are those of the machine, or of its network namespace, which only root can set. */
  MACHINE,
  /** The system, or the backend, does not tell. */
  UNKNOWN
}
