package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.DifferentiationConformance;

/** The ways to differentiate over the reference backend. */
class ReferenceDifferentiationTest extends DifferentiationConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
