package io.tfo.jna.linux;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The first two numbers of a kernel's release; 0.0 where there are none. */
record KernelRelease(int major, int minor) {
  private static final Pattern NUMBERS = Pattern.compile("(\\d{1,9})\\.(\\d{1,9}).*");

  static KernelRelease parse(String release) {
    Matcher m = NUMBERS.matcher(release);
    return m.matches()
        ? new KernelRelease(Integer.parseInt(m.group(1)), Integer.parseInt(m.group(2)))
        : new KernelRelease(0, 0);
  }

  boolean isAtLeast(int major, int minor) {
    return this.major > major || (this.major == major && this.minor >= minor);
  }
}
