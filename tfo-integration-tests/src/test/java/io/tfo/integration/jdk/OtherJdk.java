package io.tfo.integration.jdk;

import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;
import org.objectweb.asm.commons.ClassRemapper;
import org.objectweb.asm.commons.Remapper;

/** A JDK in which a member of a class has another name: for {@code --patch-module}. */
final class OtherJdk {
  private static final String NEW_NAME = "renamed";

  private OtherJdk() {}

  /**
   * Writes the classes that differ.
   *
   * @param owner the class, in its binary form with slashes
   * @param member a field or method that only its package uses
   * @param other creates a field of the same name, with another meaning; null for none
   */
  static void write(Path folder, String owner, String member, OtherField other) throws IOException {
    String inPackage = owner.substring(0, owner.lastIndexOf('/'));
    Path jdk =
        FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules/java.base", inPackage);
    try (Stream<Path> files = Files.list(jdk)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
        byte[] before = Files.readAllBytes(file);
        byte[] after = renamed(before, owner, member, other);
        if (after != null) {
          Path target = folder.resolve(inPackage).resolve(file.getFileName().toString());
          Files.createDirectories(target.getParent());
          Files.write(target, after);
        }
      }
    }
  }

  /** A field with a value of its own in each new object. */
  record OtherField(int value) {}

  private static byte[] renamed(byte[] before, String owner, String member, OtherField other) {
    ClassReader reader = new ClassReader(before);
    boolean[] isRenamed = new boolean[1];
    Remapper remapper =
        new Remapper() {
          @Override
          public String mapFieldName(String of, String name, String descriptor) {
            return map(of, name);
          }

          @Override
          public String mapMethodName(String of, String name, String descriptor) {
            return map(of, name);
          }

          private String map(String of, String name) {
            boolean isMember = of.equals(owner) && name.equals(member);
            isRenamed[0] |= isMember;
            return isMember ? NEW_NAME : name;
          }
        };
    ClassWriter writer = new ClassWriter(0);
    ClassVisitor target =
        other != null && reader.getClassName().equals(owner)
            ? withField(writer, owner, member, other)
            : writer;
    reader.accept(new ClassRemapper(target, remapper), 0);
    return isRenamed[0] ? writer.toByteArray() : null;
  }

  private static ClassVisitor withField(
      ClassVisitor target, String owner, String field, OtherField other) {
    return new ClassVisitor(Opcodes.ASM9, target) {
      @Override
      public MethodVisitor visitMethod(
          int access, String name, String descriptor, String signature, String[] exceptions) {
        MethodVisitor method = super.visitMethod(access, name, descriptor, signature, exceptions);
        return name.equals("<init>") ? setting(method) : method;
      }

      private MethodVisitor setting(MethodVisitor constructor) {
        return new MethodVisitor(Opcodes.ASM9, constructor) {
          @Override
          public void visitInsn(int opcode) {
            if (opcode == Opcodes.RETURN) {
              visitVarInsn(Opcodes.ALOAD, 0);
              visitLdcInsn(other.value());
              visitFieldInsn(Opcodes.PUTFIELD, owner, field, "I");
            }
            super.visitInsn(opcode);
          }

          @Override
          public void visitMaxs(int maxStack, int maxLocals) {
            super.visitMaxs(maxStack + 2, maxLocals);
          }
        };
      }

      @Override
      public void visitEnd() {
        FieldVisitor unused = visitField(Opcodes.ACC_PRIVATE, field, "I", null, null);
        super.visitEnd();
      }
    };
  }
}
