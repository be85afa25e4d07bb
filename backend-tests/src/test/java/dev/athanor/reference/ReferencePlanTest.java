package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.PlanConformance;

/** Plans over the reference backend, recorded as core does it for any backend. */
class ReferencePlanTest extends PlanConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
