package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.SameBitsConformance;
import java.util.List;

/** Results with oneDNN are the same bits for any number of threads. */
class NativeThreadCountTest extends SameBitsConformance {
  @Override
  protected List<Backend> open() {
    return List.of(new CpuBackend(1, true), new CpuBackend(5, true));
  }
}
