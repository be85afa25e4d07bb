package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.BackendConformance;

/** The backend without its native library passes the suite. */
class JavaConformanceTest extends BackendConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, false);
  }
}
