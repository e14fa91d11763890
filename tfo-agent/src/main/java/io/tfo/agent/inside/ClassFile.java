package io.tfo.agent.inside;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/** Applies a {@link FirstCall} to a class file (JVM specification, chapter 4). */
final class ClassFile {
  private final ByteBuffer file;
  private final ConstantPool constants;
  private final FirstCall edit;
  private boolean isChanged;

  private ClassFile(byte[] file, FirstCall edit) {
    this.file = ByteBuffer.wrap(file);
    this.constants = new ConstantPool(this.file);
    this.edit = edit;
  }

  /**
   * Returns the class file with a change.
   *
   * @throws IllegalArgumentException if the class has no such method, or one of an unknown form
   */
  static byte[] changed(byte[] file, FirstCall edit) {
    try {
      return new ClassFile(file, edit).changed();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of a stream in memory
    }
  }

  private byte[] changed() throws IOException {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    writeRest(new DataOutputStream(rest));
    if (!isChanged) {
      throw new IllegalArgumentException("no method " + edit.method());
    }
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(all);
    out.write(file.array(), 0, ConstantPool.START);
    constants.write(out);
    rest.writeTo(out);
    return all.toByteArray();
  }

  /** Writes the part after the constants. */
  private void writeRest(DataOutputStream out) throws IOException {
    file.position(constants.end());
    copy(6, out); // access_flags, this_class, super_class
    copy(2 * u2(out), out); // interfaces
    int fields = u2(out);
    for (int i = 0; i < fields; i++) {
      copy(6, out); // access_flags, name, descriptor
      attributes(out, false);
    }
    int methods = u2(out);
    for (int i = 0; i < methods; i++) {
      u2(out); // access_flags
      boolean named = constants.utf8(u2(out)).equals(edit.method().name());
      boolean typed = constants.utf8(u2(out)).equals(edit.method().descriptor());
      attributes(out, named && typed);
    }
    attributes(out, false);
  }

  private void attributes(DataOutputStream out, boolean isEdited) throws IOException {
    int count = u2(out);
    for (int i = 0; i < count; i++) {
      boolean isCode = constants.utf8(u2(out)).equals("Code");
      int length = file.getInt();
      ByteBuffer content = file.slice(file.position(), length);
      if (isEdited && isCode) {
        ByteArrayOutputStream code = new ByteArrayOutputStream();
        edit.write(constants, content, new DataOutputStream(code));
        out.writeInt(code.size());
        code.writeTo(out);
        file.position(file.position() + length);
        isChanged = true;
      } else {
        out.writeInt(length);
        copy(length, out);
      }
    }
  }

  private int u2(DataOutputStream out) throws IOException {
    int value = Short.toUnsignedInt(file.getShort());
    out.writeShort(value);
    return value;
  }

  private void copy(int length, DataOutputStream out) throws IOException {
    out.write(file.array(), file.position(), length);
    file.position(file.position() + length);
  }
}
