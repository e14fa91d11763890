package io.tfo.agent.inside;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** The constants of a class file, and those that are appended (JVM specification, 4.4). */
final class ConstantPool {
  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;
  private static final int CLASS = 7;
  private static final int METHODREF = 10;
  private static final int NAME_AND_TYPE = 12;
  private static final int METHOD_HANDLE = 15;

  /** The bytes of the magic number and of the two versions, before the number of constants. */
  static final int START = 8;

  private final ByteBuffer file;
  private final int[] offsets;
  private final int end;
  private final ByteArrayOutputStream appended = new ByteArrayOutputStream();
  private int size;

  ConstantPool(ByteBuffer file) {
    this.file = file;
    size = u2(START);
    offsets = new int[size];
    int at = START + 2;
    for (int i = 1; i < size; i++) {
      offsets[i] = at;
      int tag = file.get(at);
      if (tag == LONG || tag == DOUBLE) {
        i++; // takes two indexes
      }
      at += 1 + length(tag, at + 1);
    }
    end = at;
  }

  private int length(int tag, int at) {
    return switch (tag) {
      case UTF8 -> 2 + u2(at);
      case LONG, DOUBLE -> 8;
      case CLASS, 8, 16, 19, 20 -> 2; // String, MethodType, Module, Package
      case METHOD_HANDLE -> 3;
      case 3, 4, 9, METHODREF, 11, NAME_AND_TYPE, 17, 18 -> 4;
      default -> throw new IllegalArgumentException("unknown constant " + tag);
    };
  }

  private int u2(int at) {
    return Short.toUnsignedInt(file.getShort(at));
  }

  /** The position behind the constants in the original file. */
  int end() {
    return end;
  }

  String utf8(int index) {
    int at = offsets[index] + 1;
    byte[] bytes = new byte[u2(at)];
    file.get(at + 2, bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Appends a method, and returns its index. */
  int append(MethodName method) throws IOException {
    int owner = append(CLASS, appendUtf8(method.owner()));
    int nameAndType =
        append(NAME_AND_TYPE, appendUtf8(method.name()), appendUtf8(method.descriptor()));
    return append(METHODREF, owner, nameAndType);
  }

  private int appendUtf8(String text) throws IOException {
    DataOutputStream out = new DataOutputStream(appended);
    out.writeByte(UTF8);
    out.writeUTF(text);
    return size++;
  }

  private int append(int tag, int... indexes) throws IOException {
    DataOutputStream out = new DataOutputStream(appended);
    out.writeByte(tag);
    for (int index : indexes) {
      out.writeShort(index);
    }
    return size++;
  }

  /** Writes the number of constants, and all of them. */
  void write(DataOutputStream out) throws IOException {
    byte[] original = new byte[end - START - 2];
    file.get(START + 2, original);
    out.writeShort(size);
    out.write(original);
    appended.writeTo(out);
  }
}
