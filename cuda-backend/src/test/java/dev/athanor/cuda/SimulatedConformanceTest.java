package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.BackendConformance;

/**
 * The conformance suite on the simulated device. {@code -Dathanor.cuda.sim.checks=all} checks races and reads of unwritten memory
 * too, which takes several times as long.
 */
class SimulatedConformanceTest extends BackendConformance {
  @Override
  protected Backend open() {
    return new SimulatedCudaProvider().open(0);
  }
}
