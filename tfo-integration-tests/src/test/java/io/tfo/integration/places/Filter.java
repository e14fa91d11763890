package io.tfo.integration.places;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.ArrayList;
import java.util.List;

/** Calls that seccomp refuses to the calling thread, as the sandboxes of containers do. */
public enum Filter {
  NONE,
  SENDTO_EPERM(Call.SENDTO_FASTOPEN, 1),
  SENDTO_ENOSYS(Call.SENDTO_FASTOPEN, 38),
  CONNECT_OPTION_EACCES(Call.OPTION_CONNECT, 13),
  CONNECT_OPTION_EPERM(Call.OPTION_CONNECT, 1),
  CONNECT_OPTION_ENOSYS(Call.OPTION_CONNECT, 38),
  LISTEN_OPTION_EPERM(Call.OPTION_LISTEN, 1),
  BOTH_WAYS_EPERM(1, Call.SENDTO_FASTOPEN, Call.OPTION_CONNECT),
  ALL_OPTIONS_ENOSYS(38, Call.SENDTO_FASTOPEN, Call.OPTION_CONNECT, Call.OPTION_LISTEN),
  ALL_SENDTO_EPERM(1, Call.SENDTO),
  ALL_SENDTO_ENOSYS(38, Call.SENDTO),
  TCP_INFO_EPERM(1, Call.TCP_INFO),
  TCP_INFO_ENOSYS(38, Call.TCP_INFO),
  BEFORE_3_7(0, Call.SENDTO_EPIPE, Call.NO_OPTION_CONNECT, Call.NO_OPTION_LISTEN),
  BEFORE_4_11(92, Call.OPTION_CONNECT, Call.OPTION_NO_COOKIE);

  /** A call, by its number on x86_64 and on aarch64, and the argument that is compared. */
  private enum Call {
    SENDTO_FASTOPEN(44, 206, 3, 0x20000000, true, 0),
    SENDTO_EPIPE(44, 206, 3, 0x20000000, true, 32),
    SENDTO(44, 206, 3, 0, false, 0),
    OPTION_CONNECT(54, 208, 2, 30, false, 0),
    NO_OPTION_CONNECT(54, 208, 2, 30, false, 92),
    OPTION_LISTEN(54, 208, 2, 23, false, 0),
    NO_OPTION_LISTEN(54, 208, 2, 23, false, 92),
    OPTION_NO_COOKIE(54, 208, 2, 34, false, 0),
    TCP_INFO(55, 209, 2, 11, false, 0);

    final int x86;
    final int arm;
    final int argument;
    final int value;
    final boolean isBit;
    final int errno;

    Call(int x86, int arm, int argument, int value, boolean isBit, int errno) {
      this.x86 = x86;
      this.arm = arm;
      this.argument = argument;
      this.value = value;
      this.isBit = isBit;
      this.errno = errno;
    }
  }

  // linux/filter.h, linux/seccomp.h, linux/prctl.h
  private static final int LOAD = 0x20;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int JUMP_IF_SET = 0x45;
  private static final int RETURN = 0x06;
  private static final int ALLOW = 0x7fff0000;
  private static final int ERRNO = 0x00050000;
  private static final int ARGUMENTS = 16;
  private static final int PR_SET_SECCOMP = 22;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final long SECCOMP_MODE_FILTER = 2;

  private final int errno;
  private final List<Call> calls;

  Filter() {
    this(0);
  }

  Filter(Call call, int errno) {
    this(errno, call);
  }

  Filter(int errno, Call... calls) {
    this.errno = errno;
    this.calls = List.of(calls);
  }

  static boolean isKnownHere() {
    return List.of("amd64", "aarch64").contains(System.getProperty("os.arch"));
  }

  /**
   * Installs the filter for the calling thread, and for those that it starts.
   *
   * @throws IllegalStateException if the system refuses it
   */
  public void install() {
    if (calls.isEmpty()) {
      return;
    }
    boolean x86 = System.getProperty("os.arch").equals("amd64");
    List<long[]> program = new ArrayList<>();
    for (Call call : calls) {
      int test = call.value == 0 ? 1 : 3;
      program.add(new long[] {LOAD, 0, 0, 0});
      program.add(new long[] {JUMP_IF_EQUAL, 0, test, x86 ? call.x86 : call.arm});
      if (call.value != 0) {
        program.add(new long[] {LOAD, 0, 0, ARGUMENTS + 8 * call.argument});
        program.add(new long[] {call.isBit ? JUMP_IF_SET : JUMP_IF_EQUAL, 0, 1, call.value});
      }
      program.add(new long[] {RETURN, 0, 0, ERRNO + (call.errno == 0 ? errno : call.errno)});
    }
    program.add(new long[] {RETURN, 0, 0, ALLOW});
    Memory filter = new Memory(8L * program.size());
    for (int i = 0; i < program.size(); i++) {
      long[] line = program.get(i);
      filter.setShort(8L * i, (short) line[0]);
      filter.setByte(8L * i + 2, (byte) line[1]);
      filter.setByte(8L * i + 3, (byte) line[2]);
      filter.setInt(8L * i + 4, (int) line[3]);
    }
    Memory header = new Memory(16);
    header.setShort(0, (short) program.size());
    header.setPointer(8, filter);
    Function prctl = NativeLibrary.getProcess().getFunction("prctl");
    int privileges = prctl.invokeInt(new Object[] {PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L});
    int installed = prctl.invokeInt(new Object[] {PR_SET_SECCOMP, SECCOMP_MODE_FILTER, header});
    if (privileges != 0 || installed != 0) {
      throw new IllegalStateException("seccomp: errno " + Native.getLastError());
    }
  }
}
