package io.tfo.cli;

/** The exit statuses of the program. */
final class ExitStatus {
  /** Success: it works, or nothing failed. */
  static final int YES = 0;

  /** It does not work, or only in part; the help of each command tells what this means. */
  static final int NO = 1;

  /** TCP Fast Open cannot be used: only {@code doctor} and {@code probe}. */
  static final int NOT_AT_ALL = 2;

  /** The command line is wrong: EX_USAGE of sysexits.h. */
  static final int USAGE = 64;

  /** A host, a port or a resource is not available: EX_UNAVAILABLE of sysexits.h. */
  static final int UNAVAILABLE = 69;

  /** A defect of this program: EX_SOFTWARE of sysexits.h. */
  static final int DEFECT = 70;

  static final String USAGE_LINE = "64:The command line is wrong.";
  static final String UNAVAILABLE_LINE = "69:A host, a port or a resource is not available.";
  static final String DEFECT_LINE = "70:This program has a defect.";

  private ExitStatus() {}
}
