package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.TrainerConformance;

/** Training runs over the reference backend. */
class ReferenceTrainerTest extends TrainerConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
