package io.tfo.agent.inside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;

import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class JdkHooksTest {
  @Test
  void canBeInstalledAfterTheJvmHasRefusedItOnce() throws Exception {
    Field field = MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP");
    field.setAccessible(true);
    MethodHandles.Lookup trusted = (MethodHandles.Lookup) field.get(null);
    Instrumentation refusing = mock(Instrumentation.class);
    doThrow(new UnmodifiableClassException())
        .when(refusing)
        .retransformClasses(Socket.class, ServerSocket.class);
    Instrumentation accepting = mock(Instrumentation.class);

    assertThatThrownBy(() -> JdkHooks.install(refusing, trusted))
        .isInstanceOf(UnmodifiableClassException.class);
    verify(refusing).removeTransformer(any());

    assertThat(JdkHooks.install(accepting, trusted)).isNotNull();
    verify(accepting, never()).removeTransformer(any());
  }
}
