package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.PaceConformance;

/** Schedules, averages and their kin on this backend. */
class CpuPaceTest extends PaceConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
