package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.PlanConformance;

/** Plans as captured graphs, on the simulated device with all its checks. */
class SimulatedPlanTest extends PlanConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks(System.getProperty("athanor.cuda.sim.checks", "all")));
  }

  /** The simulator takes a thousand times as long. */
  @Override
  protected int manyReplays() {
    return 300;
  }
}
