package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.SameBitsConformance;
import java.util.List;

/** Results without oneDNN are the same bits for any number of threads. */
class JavaThreadCountTest extends SameBitsConformance {
  @Override
  protected List<Backend> open() {
    return List.of(new CpuBackend(1, false), new CpuBackend(5, false));
  }
}
