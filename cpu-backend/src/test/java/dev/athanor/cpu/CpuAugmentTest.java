package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.AugmentConformance;

/** Changed and mixed batches on this backend. */
class CpuAugmentTest extends AugmentConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
