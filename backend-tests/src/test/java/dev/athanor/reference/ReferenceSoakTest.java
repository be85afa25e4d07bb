package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.TrainingSoak;

/** The memory of a short training run over the reference backend. */
class ReferenceSoakTest extends TrainingSoak {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }

  @Override
  protected int steps() {
    return 3_000;
  }
}
