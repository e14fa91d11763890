package io.tfo.testkit;

import io.tfo.spi.FastOpenBackend;
import java.util.ServiceLoader;

/**
 * Creates a backend on a simulated system. A backend's module has a provider among its tests, found
 * by {@link ServiceLoader}; the integration tests run it where the real system is not available.
 */
public interface BackendSimulation {
  /**
   * Creates the backend.
   *
   * @return a new backend, which remembers no destination
   */
  FastOpenBackend create();
}
