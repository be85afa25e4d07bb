package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.TrainerConformance;

/** Training runs over this backend, with its native library. */
class NativeTrainerTest extends TrainerConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
