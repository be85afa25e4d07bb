package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.LayerConformance;

/**
 * Layers, losses and optimizers against PyTorch's numbers on the simulated device. {@code -Dathanor.cuda.sim.checks=all} adds the
 * simulator's checks, at nearly three times the time; {@link SimulatedConformanceTest} runs the same kernels with all of them.
 */
class SimulatedLayerTest extends LayerConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks(System.getProperty("athanor.cuda.sim.checks", "none")));
  }
}
