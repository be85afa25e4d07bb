package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.TrainerConformance;

/** Training runs on the simulated device. */
class SimulatedTrainerTest extends TrainerConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks("none"));
  }
}
