package io.tfo.linux;

/** The first two numbers of a kernel's release; 0.0 where it does not begin with two numbers. */
record KernelRelease(int major, int minor) {
  private static final int MOST_DIGITS = 9;

  /** Parses without a regular expression: the first one costs a fresh JVM more than a connect. */
  static KernelRelease parse(String release) {
    int dot = digitsEnd(release, 0);
    int end = digitsEnd(release, dot + 1);
    return isNumber(0, dot) && isNumber(dot + 1, end) && release.charAt(dot) == '.'
        ? new KernelRelease(
            Integer.parseInt(release, 0, dot, 10), Integer.parseInt(release, dot + 1, end, 10))
        : new KernelRelease(0, 0);
  }

  private static boolean isNumber(int start, int end) {
    return end > start && end - start <= MOST_DIGITS;
  }

  private static int digitsEnd(String text, int start) {
    int end = start;
    while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9') {
      end++;
    }
    return end;
  }

  boolean isAtLeast(int major, int minor) {
    return this.major > major || (this.major == major && this.minor >= minor);
  }
}
