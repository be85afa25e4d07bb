package dev.athanor.nd4j;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.TrainerConformance;

/** Training runs over this backend. */
class Nd4jTrainerTest extends TrainerConformance {
  @Override
  protected Backend open() {
    return new Nd4jBackend();
  }
}
