package io.tfo.agent.inside;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Changes a method: it first calls a static method, with its object and both of its parameters, and
 * returns if that returns true. The rest of the class stays unchanged, so that the JVM accepts the
 * change for a class that is already loaded.
 *
 * <p>The JVM keeps no stack map frames of a class that it has not verified, which by default are
 * the classes of the JDK. It then passes none to the agent, and needs none for the added code.
 *
 * @param method the method: it has an object and an {@code int} as parameters, and no result. It
 *     has branches
 * @param callee the static method
 */
record FirstCall(MethodName method, MethodName callee) {
  private static final String FRAMES = "StackMapTable";
  private static final int CODE = 8;
  private static final byte NOP = 0x00;
  private static final byte ALOAD_0 = 0x2a;
  private static final byte ALOAD_1 = 0x2b;
  private static final byte ILOAD_2 = 0x1c;
  private static final byte IFEQ = (byte) 0x99;
  private static final byte RETURN = (byte) 0xb1;
  private static final byte INVOKESTATIC = (byte) 0xb8;

  /** The length of the added code. A multiple of 4, so that no switch needs another padding. */
  private static final int ADDED = 12;

  private static final int MAX_LENGTH = 65_535;

  /**
   * Writes the method's attribute {@code Code}, changed, without its name and length.
   *
   * @param code the original attribute (JVM specification, 4.7.3)
   * @throws IllegalArgumentException if the method does not have the known form
   */
  void write(ConstantPool constants, ByteBuffer code, DataOutputStream out) throws IOException {
    int length = code.getInt(4);
    if (length + ADDED > MAX_LENGTH) {
      throw new IllegalArgumentException(method + " is too long");
    }
    int call = constants.append(callee);
    out.writeShort(Math.max(3, code.getShort(0))); // max_stack
    out.writeShort(code.getShort(2)); // max_locals
    out.writeInt(length + ADDED);
    out.write(new byte[] {NOP, NOP, ALOAD_0, ALOAD_1, ILOAD_2, INVOKESTATIC});
    out.writeShort(call);
    out.write(new byte[] {IFEQ, 0, 4, RETURN}); // to what follows
    code.position(CODE);
    copy(code, length, out);
    int handlers = u2(code, out);
    for (int i = 0; i < handlers; i++) {
      moved(code, out); // start_pc
      moved(code, out); // end_pc
      moved(code, out); // handler_pc
      u2(code, out); // catch_type
    }
    int attributes = u2(code, out);
    for (int i = 0; i < attributes; i++) {
      String name = constants.utf8(u2(code, out));
      attribute(name, code, out);
    }
  }

  private static void attribute(String name, ByteBuffer code, DataOutputStream out)
      throws IOException {
    int size = code.getInt();
    ByteBuffer content = code.slice(code.position(), size);
    code.position(code.position() + size);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream changed = new DataOutputStream(bytes);
    int entries = Short.toUnsignedInt(content.getShort());
    boolean hasFrames = name.equals(FRAMES);
    changed.writeShort(hasFrames ? entries + 1 : entries);
    if (hasFrames) {
      changed.writeByte(ADDED); // same_frame, where the original code begins
    }
    for (int i = 0; i < entries; i++) {
      switch (name) {
        case "LineNumberTable" -> {
          moved(content, changed); // start_pc
          u2(content, changed); // line_number
        }
        case "LocalVariableTable", "LocalVariableTypeTable" -> {
          moved(content, changed); // start_pc
          copy(content, 8, changed); // length, name, descriptor, index
        }
        case FRAMES -> frame(content, changed, i == 0 ? 1 : 0);
        default -> throw new IllegalArgumentException("unknown attribute " + name);
      }
    }
    out.writeInt(bytes.size());
    bytes.writeTo(out);
  }

  /**
   * Copies a stack map frame (JVM specification, 4.7.4).
   *
   * @param less what to subtract from its offset: the offset of the first frame counts from the
   *     beginning, that of every other one from the byte after the frame before
   */
  private static void frame(ByteBuffer in, DataOutputStream out, int less) throws IOException {
    int type = Byte.toUnsignedInt(in.get());
    if (type == 0 || type == 64) {
      less(less, 0);
    }
    if (type < 64) { // same_frame
      out.writeByte(type - less);
    } else if (type < 128) { // same_locals_1_stack_item_frame
      out.writeByte(type - less);
      types(in, out, 1);
    } else {
      out.writeByte(type);
      int offset = Short.toUnsignedInt(in.getShort());
      out.writeShort(less(less, offset));
      if (type == 247) { // same_locals_1_stack_item_frame_extended
        types(in, out, 1);
      } else if (type == 255) { // full_frame
        types(in, out, u2(in, out));
        types(in, out, u2(in, out));
      } else if (type > 251) { // append_frame
        types(in, out, type - 251);
      } else if (type < 247) {
        throw new IllegalArgumentException("unknown stack map frame " + type);
      }
    }
  }

  private static int less(int less, int offset) {
    if (offset < less) {
      throw new IllegalArgumentException("the method has a loop to its beginning");
    }
    return offset - less;
  }

  private static void types(ByteBuffer in, DataOutputStream out, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      int tag = in.get();
      out.writeByte(tag);
      if (tag == 7) { // Object_variable_info: a class
        u2(in, out);
      } else if (tag == 8) { // Uninitialized_variable_info: the place of its "new"
        moved(in, out);
      }
    }
  }

  private static int u2(ByteBuffer in, DataOutputStream out) throws IOException {
    int value = Short.toUnsignedInt(in.getShort());
    out.writeShort(value);
    return value;
  }

  private static void moved(ByteBuffer in, DataOutputStream out) throws IOException {
    out.writeShort(Short.toUnsignedInt(in.getShort()) + ADDED);
  }

  private static void copy(ByteBuffer in, int length, DataOutputStream out) throws IOException {
    out.write(in.array(), in.arrayOffset() + in.position(), length);
    in.position(in.position() + length);
  }
}
