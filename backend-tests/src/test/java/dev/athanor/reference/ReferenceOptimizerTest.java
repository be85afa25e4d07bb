package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.OptimizerConformance;

/** Optimizers on the reference backend. */
class ReferenceOptimizerTest extends OptimizerConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
