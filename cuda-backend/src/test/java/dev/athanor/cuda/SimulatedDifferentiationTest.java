package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.DifferentiationConformance;

/** The ways to differentiate on the simulated device. */
class SimulatedDifferentiationTest extends DifferentiationConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks(System.getProperty("athanor.cuda.sim.checks", "all")));
  }
}
