package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.BackendConformance;

/**
 * The conformance suite on the simulated device, with every check of the simulator: races, reads of unwritten memory, barriers.
 * {@code -Dathanor.cuda.sim.checks=none} leaves them out, which is a little faster.
 */
class SimulatedConformanceTest extends BackendConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks(System.getProperty("athanor.cuda.sim.checks", "all")));
  }
}
