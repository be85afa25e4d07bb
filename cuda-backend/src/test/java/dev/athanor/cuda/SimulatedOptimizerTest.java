package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.OptimizerConformance;

/** Optimizers on the simulated device. */
class SimulatedOptimizerTest extends OptimizerConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks("none"));
  }
}
