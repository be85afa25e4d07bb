package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.PaceConformance;

/** Schedules, averages and their kin on the simulated device. */
class SimulatedPaceTest extends PaceConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks("none"));
  }
}
