package io.tfo.jdk;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Defines the classes whose source is in {@code src/main/java-base} in the JDK's packages. They are
 * hidden classes: they take no name there, and any number of class loaders can define them.
 *
 * <p>They are compiled as a part of {@code java.base} and kept as resources beside this class, so
 * they are found where a tool has relocated {@code io.tfo}. The resource's name does not end in
 * {@code .class}: {@code jlink} of JDK 17 takes such a file for a class of this module in a wrong
 * package, and maven-shade-plugin drops it.
 */
final class HiddenClass {
  private static final String ENDING = ".classfile";

  private HiddenClass() {}

  /**
   * Defines a class, and finds its constructor.
   *
   * @param name its simple name
   * @param beside a class in the same package
   * @param constructor the constructor's type
   * @return the constructor, as it is
   */
  static MethodHandle define(String name, Class<?> beside, MethodType constructor)
      throws IOException, ReflectiveOperationException {
    String resource = name + ENDING;
    try (InputStream file = Privileged.resource(resource)) {
      if (file == null) {
        throw new FileNotFoundException(resource);
      }
      MethodHandles.Lookup hidden =
          TrustedLookup.read().in(beside).defineHiddenClass(file.readAllBytes(), false);
      return hidden.findConstructor(hidden.lookupClass(), constructor);
    }
  }
}
