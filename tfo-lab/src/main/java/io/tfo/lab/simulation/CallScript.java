package io.tfo.lab.simulation;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** Makes one call of a system return a fixed result, until the script is ended. */
public final class CallScript {
  private final AtomicInteger answered = new AtomicInteger();
  private volatile String call = "";
  private volatile int result;

  /** Creates a script that leaves every call to the system. */
  public CallScript() {}

  /**
   * Makes one call return a result without being carried out. A call whose name begins with {@code
   * close} is carried out all the same, since a descriptor is closed whatever such a call returns.
   *
   * @param call the name of the method that stands for the call
   * @param result what it returns from now on
   */
  public void answer(String call, int result) {
    this.result = result;
    this.call = call;
  }

  /** Leaves every call to the system again. */
  public void end() {
    call = "";
  }

  /**
   * Counts the answers that this script has given.
   *
   * @return how many calls were answered here
   */
  public int answered() {
    return answered.get();
  }

  /**
   * Wraps a system so that it answers by this script.
   *
   * @param <T> the backend's interface to its system
   * @param type that interface
   * @param system answers all other calls
   * @return a system of that type
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
