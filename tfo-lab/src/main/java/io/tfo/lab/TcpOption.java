package io.tfo.lab;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * One option of a TCP header (RFC 9293, 3.1).
 *
 * @param kind the kind, 0 to 255
 * @param data the bytes after kind and length
 */
@SuppressWarnings("ArrayRecordComponent") // copied on the way in and out, compared by content
public record TcpOption(int kind, byte[] data) {
  /** The end of the list; it is never part of a list of options. */
  static final int END = 0;

  /** No operation: padding of one byte. */
  public static final int NOP = 1;

  /** Maximum segment size (RFC 9293, 3.7.1). */
  public static final int MSS = 2;

  /** Window scale (RFC 7323). */
  public static final int WINDOW_SCALE = 3;

  /** Selective acknowledgments are permitted (RFC 2018). */
  public static final int SACK_PERMITTED = 4;

  /** Selective acknowledgments (RFC 2018). */
  public static final int SACK = 5;

  /** Timestamps (RFC 7323). */
  public static final int TIMESTAMPS = 8;

  /** TCP Fast Open: a cookie, or with no data the request for one (RFC 7413, 4.1.1). */
  public static final int FAST_OPEN = 34;

  /** An experiment, which the first 16 bits of its data name (RFC 6994). */
  public static final int EXPERIMENT = 254;

  private static final byte[] FAST_OPEN_EXPERIMENT = {(byte) 0xf9, (byte) 0x89};
  private static final int MAX_DATA = 253;

  /** Copies the data. */
  public TcpOption {
    if (kind <= END || kind > 255 || data.length > MAX_DATA || (kind == NOP && data.length > 0)) {
      throw new IllegalArgumentException("kind " + kind + " with " + data.length + " bytes");
    }
    data = data.clone();
  }

  /** Returns a copy of the data. */
  @Override
  public byte[] data() {
    return data.clone();
  }

  /** Says whether this is TCP Fast Open, be it option 34 or the experiment before it. */
  public boolean isFastOpen() {
    return kind == FAST_OPEN || isFastOpenExperiment();
  }

  /** Returns the cookie, empty for a cookie request; only for {@link #isFastOpen()}. */
  byte[] cookie() {
    int from = isFastOpenExperiment() ? FAST_OPEN_EXPERIMENT.length : 0;
    return Arrays.copyOfRange(data, from, data.length);
  }

  private boolean isFastOpenExperiment() {
    int length = FAST_OPEN_EXPERIMENT.length;
    return kind == EXPERIMENT
        && data.length >= length
        && Arrays.equals(data, 0, length, FAST_OPEN_EXPERIMENT, 0, length);
  }

  int encodedLength() {
    return kind == NOP ? 1 : 2 + data.length;
  }

  void encode(ByteArrayOutputStream target) {
    target.write(kind);
    if (kind != NOP) {
      target.write(2 + data.length);
      target.writeBytes(data);
    }
  }

  /** Reads the options up to the first one that is malformed. */
  static List<TcpOption> decode(byte[] bytes, int from, int to) {
    List<TcpOption> options = new ArrayList<>();
    int at = from;
    while (at < to && bytes[at] != END) {
      int kind = bytes[at] & 0xff;
      if (kind == NOP) {
        options.add(new TcpOption(NOP, new byte[0]));
        at++;
        continue;
      }
      int length = at + 1 < to ? bytes[at + 1] & 0xff : 0;
      if (length < 2 || at + length > to) {
        break;
      }
      options.add(new TcpOption(kind, Arrays.copyOfRange(bytes, at + 2, at + length)));
      at += length;
    }
    return List.copyOf(options);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TcpOption that && kind == that.kind && Arrays.equals(data, that.data);
  }

  @Override
  public int hashCode() {
    return 31 * kind + Arrays.hashCode(data);
  }

  /** Returns a short text: {@code mss 1460}, {@code TFO cookie 0123456789abcdef}. */
  @Override
  public String toString() {
    if (isFastOpen()) {
      String name = kind == FAST_OPEN ? "TFO " : "TFO experiment ";
      byte[] cookie = cookie();
      return name + (cookie.length == 0 ? "cookie request" : "cookie " + hex(cookie));
    }
    return switch (kind) {
      case NOP -> "nop";
      case MSS -> "mss " + new BigInteger(1, data);
      case WINDOW_SCALE -> "wscale " + new BigInteger(1, data);
      case SACK_PERMITTED -> "sackOK";
      case SACK -> "sack " + hex(data);
      case TIMESTAMPS -> "TS";
      default -> "option " + kind + (data.length == 0 ? "" : " " + hex(data));
    };
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
