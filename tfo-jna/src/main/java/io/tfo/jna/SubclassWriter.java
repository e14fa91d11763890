package io.tfo.jna;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Writes the class file of a subclass whose methods call method handles: constructors, one field of
 * type Object, and for each override {@code return handle.invokeExact(this, arguments)}. The
 * handles are the class data of the hidden class, in the order of the methods, and as constants are
 * compiled like direct calls.
 *
 * <p>JVM specification, chapter 4. There are no branches, so there are no stack maps.
 */
final class SubclassWriter {
  static final String FIELD = "state";

  /** Java 17. */
  private static final int MAJOR_VERSION = 61;

  private static final int ACC_PUBLIC = 0x0001;
  private static final int ACC_FINAL_SUPER = 0x0030;

  private static final int UTF8 = 1;
  private static final int INTEGER = 3;
  private static final int CLASS = 7;
  private static final int METHODREF = 10;
  private static final int NAME_AND_TYPE = 12;
  private static final int METHOD_HANDLE = 15;
  private static final int DYNAMIC = 17;

  private static final int REF_INVOKE_STATIC = 6;

  private static final int LDC_W = 0x13;
  private static final int ILOAD = 0x15;
  private static final int ALOAD = 0x19;
  private static final int IRETURN = 0xac;
  private static final int LRETURN = 0xad;
  private static final int RETURN = 0xb1;
  private static final int INVOKEVIRTUAL = 0xb6;
  private static final int INVOKESPECIAL = 0xb7;

  /** A method to override; what it is called with is {@code this} and its parameters. */
  record Overriding(String name, MethodType type, Class<?> self) {
    /** The type of the handle that is called in its place. */
    MethodType handle() {
      return type.insertParameterTypes(0, self);
    }
  }

  private final Map<List<Object>, Integer> known = new HashMap<>();
  private final ByteArrayOutputStream poolBytes = new ByteArrayOutputStream();
  private final DataOutputStream pool = new DataOutputStream(poolBytes);

  private SubclassWriter() {}

  /** The class file of a subclass in the package of its superclass. */
  static byte[] write(
      Class<?> superclass, List<MethodType> constructors, List<Overriding> methods) {
    try {
      return new SubclassWriter().classFile(superclass, constructors, methods);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // in memory: never
    }
  }

  private byte[] classFile(
      Class<?> superclass, List<MethodType> constructors, List<Overriding> methods)
      throws IOException {
    ByteArrayOutputStream bodyBytes = new ByteArrayOutputStream();
    DataOutputStream body = new DataOutputStream(bodyBytes);
    String parent = internal(superclass);
    body.writeShort(ACC_FINAL_SUPER);
    body.writeShort(
        classRef(superclass.getPackageName().replace('.', '/') + "/FastOpenSocketChannel"));
    body.writeShort(classRef(parent));
    body.writeShort(0); // interfaces
    body.writeShort(1); // fields
    body.writeShort(0);
    body.writeShort(utf8(FIELD));
    body.writeShort(utf8(Object.class.descriptorString()));
    body.writeShort(0);
    body.writeShort(constructors.size() + methods.size());
    for (MethodType type : constructors) {
      int inherited = methodRef(parent, "<init>", type.descriptorString());
      method(body, "<init>", type, code(type, -1, INVOKESPECIAL, inherited));
    }
    for (int i = 0; i < methods.size(); i++) {
      Overriding method = methods.get(i);
      int invokeExact =
          methodRef(
              internal(MethodHandle.class), "invokeExact", method.handle().descriptorString());
      method(
          body, method.name(), method.type(), code(method.type(), i, INVOKEVIRTUAL, invokeExact));
    }
    body.writeShort(1); // attributes
    bootstraps(body, methods.size());

    ByteArrayOutputStream file = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(file);
    out.writeInt(0xCAFEBABE);
    out.writeShort(0);
    out.writeShort(MAJOR_VERSION);
    out.writeShort(known.size() + 1);
    poolBytes.writeTo(out);
    bodyBytes.writeTo(out);
    return file.toByteArray();
  }

  /** Loads a handle, unless that is -1, then this and the arguments; calls; returns. */
  private byte[] code(MethodType type, int handle, int call, int target) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream code = new DataOutputStream(bytes);
    if (handle >= 0) {
      code.writeByte(LDC_W);
      code.writeShort(dynamic(handle));
    }
    code.writeByte(ALOAD);
    code.writeByte(0);
    for (int i = 0; i < type.parameterCount(); i++) {
      code.writeByte(type.parameterType(i).isPrimitive() ? ILOAD : ALOAD);
      code.writeByte(i + 1);
    }
    code.writeByte(call);
    code.writeShort(target);
    code.writeByte(
        type.returnType() == void.class
            ? RETURN
            : type.returnType() == long.class ? LRETURN : IRETURN);
    return bytes.toByteArray();
  }

  private void method(DataOutputStream out, String name, MethodType type, byte[] code)
      throws IOException {
    out.writeShort(ACC_PUBLIC);
    out.writeShort(utf8(name));
    out.writeShort(utf8(type.descriptorString()));
    out.writeShort(1);
    out.writeShort(utf8("Code"));
    out.writeInt(12 + code.length);
    out.writeShort(2 + type.parameterCount()); // stack: a handle, this, the arguments
    out.writeShort(1 + type.parameterCount());
    out.writeInt(code.length);
    out.write(code);
    out.writeShort(0); // exceptions
    out.writeShort(0); // attributes
  }

  private void bootstraps(DataOutputStream out, int count) throws IOException {
    MethodType type =
        MethodType.methodType(
            Object.class, MethodHandles.Lookup.class, String.class, Class.class, int.class);
    int classDataAt =
        methodRef(internal(MethodHandles.class), "classDataAt", type.descriptorString());
    int handle = constant(METHOD_HANDLE, REF_INVOKE_STATIC, classDataAt);
    int name = utf8("BootstrapMethods");
    out.writeShort(name);
    out.writeInt(2 + 6 * count);
    out.writeShort(count);
    for (int i = 0; i < count; i++) {
      out.writeShort(handle);
      out.writeShort(1);
      out.writeShort(constant(INTEGER, i));
    }
  }

  private int dynamic(int index) throws IOException {
    return constant(DYNAMIC, index, nameAndType("_", MethodHandle.class.descriptorString()));
  }

  private int methodRef(String owner, String name, String descriptor) throws IOException {
    return constant(METHODREF, classRef(owner), nameAndType(name, descriptor));
  }

  private int nameAndType(String name, String descriptor) throws IOException {
    return constant(NAME_AND_TYPE, utf8(name), utf8(descriptor));
  }

  private int classRef(String internalName) throws IOException {
    return constant(CLASS, utf8(internalName));
  }

  private int utf8(String text) throws IOException {
    return constant(UTF8, text);
  }

  private static String internal(Class<?> type) {
    return type.getName().replace('.', '/');
  }

  /** The place of a constant, which is written where it is new. */
  private int constant(int tag, Object... parts) throws IOException {
    List<Object> key = List.of(tag, List.of(parts));
    Integer place = known.get(key);
    if (place != null) {
      return place;
    }
    known.put(key, known.size() + 1);
    pool.writeByte(tag);
    switch (tag) {
      case UTF8 -> pool.writeUTF((String) parts[0]);
      case INTEGER -> pool.writeInt((int) parts[0]);
      case METHOD_HANDLE -> {
        pool.writeByte((int) parts[0]);
        pool.writeShort((int) parts[1]);
      }
      default -> {
        for (Object part : parts) {
          pool.writeShort((int) part);
        }
      }
    }
    return Objects.requireNonNull(known.get(key));
  }
}
