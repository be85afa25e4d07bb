package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.PlanConformance;

/** Plans over this backend, with its native library. */
class NativePlanTest extends PlanConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
