package dev.athanor.cpu;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.BackendConformance;

/** The backend with oneDNN passes the suite. */
class NativeConformanceTest extends BackendConformance {
  @Override
  protected Backend open() {
    CpuBackend backend = new CpuBackend(3, true);
    assertTrue(backend.usesLibrary(), () -> "oneDNN is not used: " + backend.description());
    return backend;
  }
}
