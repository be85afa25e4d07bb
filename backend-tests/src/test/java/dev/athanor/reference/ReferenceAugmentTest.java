package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.AugmentConformance;

/** Changed and mixed batches on the reference backend. */
class ReferenceAugmentTest extends AugmentConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
