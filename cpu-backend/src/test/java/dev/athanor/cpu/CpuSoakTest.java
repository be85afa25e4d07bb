package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.TrainingSoak;

/** The memory of 100,000 training steps. */
class CpuSoakTest extends TrainingSoak {
  @Override
  protected Backend open() {
    return new CpuBackend(1, true);
  }
}
