package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.OptimizerConformance;

/** Optimizers on this backend. */
class CpuOptimizerTest extends OptimizerConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
