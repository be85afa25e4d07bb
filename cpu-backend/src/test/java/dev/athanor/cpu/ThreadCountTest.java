package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.SameBitsConformance;
import java.util.List;
import org.junit.jupiter.api.Nested;

/** Results are the same bits for any number of threads. */
class ThreadCountTest {
  @Nested
  class Java extends SameBitsConformance {
    @Override
    protected List<Backend> open() {
      return List.of(new CpuBackend(1, false), new CpuBackend(2, false), new CpuBackend(5, false));
    }
  }

  @Nested
  class Native extends SameBitsConformance {
    @Override
    protected List<Backend> open() {
      return List.of(new CpuBackend(1, true), new CpuBackend(2, true), new CpuBackend(5, true));
    }
  }
}
