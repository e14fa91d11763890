package io.tfo.cli;

/** What the program tells its caller. */
final class ExitStatus {
  /** Yes: it works, all is well. */
  static final int YES = 0;

  /** No, or only in part; each command says what that means for it. */
  static final int NO = 1;

  /** Not at all. */
  static final int NOT_AT_ALL = 2;

  /** The command line is wrong: EX_USAGE of sysexits.h. */
  static final int USAGE = 64;

  /** Something needed is not there, such as the host or the port: EX_UNAVAILABLE of sysexits.h. */
  static final int UNAVAILABLE = 69;

  /** A defect of this program: EX_SOFTWARE of sysexits.h. */
  static final int DEFECT = 70;

  static final String USAGE_LINE = "64:The command line is wrong.";
  static final String UNAVAILABLE_LINE = "69:A host, a port or a resource is not available.";
  static final String DEFECT_LINE = "70:This program has a defect.";

  private ExitStatus() {}
}
