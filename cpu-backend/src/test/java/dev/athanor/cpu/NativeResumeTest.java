package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.ResumeConformance;

/** Checkpoints over this backend, with its native library. */
class NativeResumeTest extends ResumeConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
