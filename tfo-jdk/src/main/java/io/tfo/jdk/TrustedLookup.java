package io.tfo.jdk;

import com.sun.jna.Function;
import com.sun.jna.JNIEnv;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import com.sun.jna.SymbolProvider;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code MethodHandles.Lookup.IMPL_LOOKUP}: by reflection where {@code java.lang.invoke} is
 * open to this module, as an agent opens it; else through JNI, which needs no {@code --add-opens}.
 * JNA's direct mapping calls the JNI functions, at the addresses in the function table at {@code
 * *env}.
 */
final class TrustedLookup {
  /** {@code jni.h}: indexes into {@code struct JNINativeInterface_}. */
  private static final int GET_STATIC_FIELD_ID = 144;

  private static final int GET_STATIC_OBJECT_FIELD = 145;

  /**
   * Kept, as each read costs milliseconds. Code that can read this field can call {@link #read},
   * too.
   */
  private static MethodHandles.@Nullable Lookup known;

  private TrustedLookup() {}

  /**
   * Reads the field once, and unregisters the functions that it needed: JNA keeps the methods of a
   * registered class, and with them its class loader. If a class is registered a second time, JNA
   * never frees its first methods.
   */
  static synchronized MethodHandles.Lookup read() throws IllegalAccessException {
    MethodHandles.Lookup lookup = known;
    if (lookup == null) {
      lookup = Privileged.trustedLookup();
      known = lookup;
    }
    return lookup;
  }

  static MethodHandles.Lookup find() throws IllegalAccessException {
    MethodHandles.Lookup opened = readIfOpen();
    return opened != null ? opened : readByJni();
  }

  private static MethodHandles.@Nullable Lookup readIfOpen() throws IllegalAccessException {
    try {
      Field field = MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP");
      return field.trySetAccessible() ? (MethodHandles.Lookup) field.get(null) : null;
    } catch (NoSuchFieldException | SecurityException e) {
      return null;
    }
  }

  private static MethodHandles.Lookup readByJni() throws IllegalAccessException {
    JnaLoading.load();
    ByteBuffer field = cString("IMPL_LOOKUP");
    ByteBuffer type = cString(MethodHandles.Lookup.class.descriptorString());
    Object lookup = Native.POINTER_SIZE == 8 ? read64(field, type) : read32(field, type);
    if (lookup instanceof MethodHandles.Lookup trusted) {
      return trusted;
    }
    throw new IllegalAccessException("JNI does not find MethodHandles.Lookup.IMPL_LOOKUP");
  }

  private static Object read64(ByteBuffer field, ByteBuffer type) {
    Native.register(C64.class, library(Map.of()));
    ByteBuffer table = words(8);
    C64.memcpy(table, JNIEnv.CURRENT, 8);
    C64.memcpy(table, table.getLong(0), table.capacity());
    registerJni(
        Jni64.class,
        table.getLong(8 * GET_STATIC_FIELD_ID),
        table.getLong(8 * GET_STATIC_OBJECT_FIELD));
    long id = Jni64.GetStaticFieldID(JNIEnv.CURRENT, MethodHandles.Lookup.class, field, type);
    Object lookup = Jni64.GetStaticObjectField(JNIEnv.CURRENT, MethodHandles.Lookup.class, id);
    Native.unregister(C64.class);
    Native.unregister(Jni64.class);
    return lookup;
  }

  private static Object read32(ByteBuffer field, ByteBuffer type) {
    Native.register(C32.class, library(Map.of()));
    ByteBuffer table = words(4);
    C32.memcpy(table, JNIEnv.CURRENT, 4);
    C32.memcpy(table, table.getInt(0), table.capacity());
    registerJni(
        Jni32.class,
        Integer.toUnsignedLong(table.getInt(4 * GET_STATIC_FIELD_ID)),
        Integer.toUnsignedLong(table.getInt(4 * GET_STATIC_OBJECT_FIELD)));
    int id = Jni32.GetStaticFieldID(JNIEnv.CURRENT, MethodHandles.Lookup.class, field, type);
    Object lookup = Jni32.GetStaticObjectField(JNIEnv.CURRENT, MethodHandles.Lookup.class, id);
    Native.unregister(C32.class);
    Native.unregister(Jni32.class);
    return lookup;
  }

  /** The functions where pointers and {@code size_t} have 64 bits. */
  private static final class C64 {
    static native long memcpy(ByteBuffer to, JNIEnv from, long size);

    static native long memcpy(ByteBuffer to, long from, long size);
  }

  private static final class Jni64 {
    static native long GetStaticFieldID(JNIEnv env, Object type, ByteBuffer name, ByteBuffer sig);

    static native Object GetStaticObjectField(JNIEnv env, Object type, long field);
  }

  /** The functions where pointers and {@code size_t} have 32 bits. */
  private static final class C32 {
    static native int memcpy(ByteBuffer to, JNIEnv from, int size);

    static native int memcpy(ByteBuffer to, int from, int size);
  }

  private static final class Jni32 {
    static native int GetStaticFieldID(JNIEnv env, Object type, ByteBuffer name, ByteBuffer sig);

    static native Object GetStaticObjectField(JNIEnv env, Object type, int field);
  }

  private static void registerJni(
      Class<?> functions, long getStaticFieldId, long getStaticObjectField) {
    Native.register(
        functions,
        library(
            Map.of(
                Library.OPTION_SYMBOL_PROVIDER,
                new JniFunctions(getStaticFieldId, getStaticObjectField),
                Library.OPTION_ALLOW_OBJECTS,
                true,
                Library.OPTION_CALLING_CONVENTION,
                jniCall())));
  }

  /** {@code jni_md.h}: stdcall on 32-bit Windows. JNA accepts that convention nowhere else. */
  private static int jniCall() {
    return Platform.isWindows() && Native.POINTER_SIZE == 4
        ? Function.ALT_CONVENTION
        : Function.C_CONVENTION;
  }

  /**
   * The addresses of the JNI functions. Not a lambda, which takes start-up time; nor a record: JNA
   * calls {@code toString}, and that of a record takes 17 milliseconds at its first use.
   */
  private static final class JniFunctions implements SymbolProvider {
    private final long getStaticFieldId;
    private final long getStaticObjectField;

    JniFunctions(long getStaticFieldId, long getStaticObjectField) {
      this.getStaticFieldId = getStaticFieldId;
      this.getStaticObjectField = getStaticObjectField;
    }

    @Override
    public long getSymbolAddress(long handle, String name, SymbolProvider parent) {
      return switch (name) {
        case "GetStaticFieldID" -> getStaticFieldId;
        case "GetStaticObjectField" -> getStaticObjectField;
        default -> parent.getSymbolAddress(handle, name, parent);
      };
    }
  }

  private static NativeLibrary library(Map<String, ?> options) {
    return NativeLibrary.getInstance(Platform.isWindows() ? "msvcrt" : null, options);
  }

  private static ByteBuffer words(int size) {
    return ByteBuffer.allocateDirect(size * (GET_STATIC_OBJECT_FIELD + 1))
        .order(ByteOrder.nativeOrder());
  }

  private static ByteBuffer cString(String s) {
    byte[] bytes = s.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocateDirect(bytes.length + 1).put(bytes).rewind();
  }
}
