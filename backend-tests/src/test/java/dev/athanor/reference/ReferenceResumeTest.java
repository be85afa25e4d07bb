package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.ResumeConformance;

/** Checkpoints over the reference backend. */
class ReferenceResumeTest extends ResumeConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
