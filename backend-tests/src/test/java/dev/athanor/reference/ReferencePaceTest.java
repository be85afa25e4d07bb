package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.PaceConformance;

/** Schedules, averages and their kin on the reference backend. */
class ReferencePaceTest extends PaceConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
