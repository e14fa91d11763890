package io.tfo.jna;

import io.tfo.jdk.JdkOptions;

/**
 * Sets and reads socket options of one C int by the JDK's own native methods, which cost less than
 * a call by JNA. They report no error number: if one fails, make the call by JNA.
 */
public final class IntOption {
  /** The result of {@link #get} if there is no value; it is outside the range of a C int. */
  public static final long NONE = JdkOptions.NONE;

  private IntOption() {}

  /**
   * Sets an option.
   *
   * @param fd the socket, which is not closed meanwhile
   * @param level the level, as the system's header has it
   * @param name the option's number there
   * @param value the value
   * @return whether it is set; false also where this JDK denies access to its methods
   */
  public static boolean set(int fd, int level, int name, int value) {
    return JdkOptions.set(fd, level, name, value);
  }

  /**
   * Reads an option; of a longer one, the first four bytes.
   *
   * @param fd the socket, which is not closed meanwhile
   * @param level the level, as the system's header has it
   * @param name the option's number there
   * @return the value, an int; {@link #NONE} if the call failed, or this JDK denies access to its
   *     methods
   */
  public static long get(int fd, int level, int name) {
    return JdkOptions.get(fd, level, name);
  }
}
