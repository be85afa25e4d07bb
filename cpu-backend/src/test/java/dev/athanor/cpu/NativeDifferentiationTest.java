package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.DifferentiationConformance;

/** The ways to differentiate over this backend, with its native library. */
class NativeDifferentiationTest extends DifferentiationConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
