package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.TrainerConformance;

/** Training runs over this backend, without its native library. */
class JavaTrainerTest extends TrainerConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, false);
  }
}
