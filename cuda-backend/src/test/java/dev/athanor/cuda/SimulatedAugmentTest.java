package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.AugmentConformance;

/** Changed and mixed batches on the simulated device. */
class SimulatedAugmentTest extends AugmentConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks("none"));
  }
}
