package io.tfo.agent.inside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

public class FirstCallTest {
  public static final List<String> CALLS = new ArrayList<>();

  /** The result of the inserted calls. */
  private static boolean done;

  @BeforeEach
  void forget() {
    CALLS.clear();
    done = false;
  }

  /** The method whose call is inserted at the beginning of another method. */
  public static boolean called(Object object, Object first, int second) {
    CALLS.add("called " + first + " " + second);
    return done;
  }

  /**
   * Code with each construct whose position a class file records, such as branches and handlers.
   */
  public static final class Changed {
    public void run(Object first, int second) {
      CALLS.add("run " + first + " " + second);
      for (int i = 0; i < second; i++) {
        switch (i) {
          case 0 -> CALLS.add("zero");
          case 1 -> CALLS.add(new String(first == null ? "none" : "one"));
          case 7777 -> CALLS.add("many");
          default -> {
            try {
              CALLS.add(String.valueOf(10 / (i - 2)));
            } catch (ArithmeticException e) {
              CALLS.add("by zero");
            } finally {
              long wide = i * 2L;
              CALLS.add("finally " + wide);
            }
          }
        }
      }
    }
  }

  private static byte[] file(Class<?> type) throws IOException {
    String name = type.getName();
    try (InputStream in =
        type.getResourceAsStream(name.substring(name.lastIndexOf('.') + 1) + ".class")) {
      return in.readAllBytes();
    }
  }

  private static FirstCall call(Class<?> owner, String method, String descriptor) {
    return call(owner, method, descriptor, "(Ljava/lang/Object;Ljava/lang/Object;I)Z");
  }

  private static FirstCall call(
      Class<?> owner, String method, String descriptor, String descriptorOfCallee) {
    return new FirstCall(
        new MethodName(owner.getName().replace('.', '/'), method, descriptor),
        new MethodName(
            FirstCallTest.class.getName().replace('.', '/'), "called", descriptorOfCallee));
  }

  /** Runs the method of a class, which the JVM verifies first. */
  private static List<String> run(byte[] file, Object first, int second) throws Exception {
    Class<?> type =
        new ClassLoader(FirstCallTest.class.getClassLoader()) {
          Class<?> define() {
            return defineClass(Changed.class.getName(), file, 0, file.length);
          }
        }.define();
    Object object = type.getDeclaredConstructor().newInstance();
    try {
      type.getMethod("run", Object.class, int.class).invoke(object, first, second);
    } catch (InvocationTargetException e) {
      throw new AssertionError(e.getCause());
    }
    return List.copyOf(CALLS);
  }

  private static byte[] changed() throws IOException {
    return ClassFile.changed(
        file(Changed.class), call(Changed.class, "run", "(Ljava/lang/Object;I)V"));
  }

  /** Otherwise the tests below would pass with wrong stack map frames. */
  @Test
  void theJvmVerifiesTheChangedClass() throws Exception {
    String ofAnInteger = "(Ljava/lang/Integer;Ljava/lang/Object;I)Z";
    byte[] wrong =
        ClassFile.changed(
            file(Changed.class), call(Changed.class, "run", "(Ljava/lang/Object;I)V", ofAnInteger));

    assertThatThrownBy(() -> run(wrong, "first", 1)).isInstanceOf(VerifyError.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 5})
  void theMethodDoesTheSameAfterTheCall(int count) throws Exception {
    List<String> before = run(file(Changed.class), "first", count);
    forget();

    List<String> after = run(changed(), "first", count);

    assertThat(after.get(0)).isEqualTo("called first " + count);
    assertThat(after.subList(1, after.size())).isEqualTo(before);
  }

  @Test
  void theMethodReturnsIfTheCallSaysThatAllIsDone() throws Exception {
    done = true;

    assertThat(run(changed(), "first", 3)).containsExactly("called first 3");
  }

  @Test
  void theJdksMethodsHaveTheKnownForm() throws Exception {
    String parameters = "(Ljava/net/SocketAddress;I)V";
    byte[] socket = file(Socket.class);
    byte[] server = file(ServerSocket.class);

    assertThat(ClassFile.changed(socket, call(Socket.class, "connect", parameters)))
        .hasSizeGreaterThan(socket.length);
    assertThat(ClassFile.changed(server, call(ServerSocket.class, "bind", parameters)))
        .hasSizeGreaterThan(server.length);
  }

  @Test
  void aMethodThatIsNotThereIsNamed() throws Exception {
    byte[] file = file(Changed.class);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClassFile.changed(file, call(Changed.class, "missing", "()V")))
        .withMessageContaining("missing");
  }
}
