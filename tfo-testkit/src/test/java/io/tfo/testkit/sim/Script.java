package io.tfo.testkit.sim;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** Overrules what a system answers to one of its calls, for as long as that is wanted. */
public final class Script {
  private final AtomicInteger answered = new AtomicInteger();
  private volatile String call = "";
  private volatile int result;

  /**
   * From now on the call is not made any more, and answers this. But for what closes: whatever that
   * answers, the descriptor is gone.
   */
  public void answer(String call, int result) {
    this.result = result;
    this.call = call;
  }

  /** From now on the system answers by itself. */
  public void end() {
    call = "";
  }

  /** How often a call was answered here. */
  public int answered() {
    return answered.get();
  }

  /**
   * A system that answers by this script.
   *
   * @param type the backend's interface to its system
   * @param system answers what the script does not
   */
  public <T> T over(Class<T> type, T system) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getName().equals(call)) {
                answered.incrementAndGet();
                if (call.startsWith("close")) {
                  invoke(system, method, arguments);
                }
                return method.getReturnType() == long.class ? (Object) (long) result : result;
              }
              return invoke(system, method, arguments);
            }));
  }

  private static Object invoke(Object system, Method method, Object[] arguments) throws Throwable {
    method.setAccessible(true);
    try {
      return method.invoke(system, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
