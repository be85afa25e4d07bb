package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.PlanConformance;

/** Plans over this backend, without its native library. */
class JavaPlanTest extends PlanConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, false);
  }
}
