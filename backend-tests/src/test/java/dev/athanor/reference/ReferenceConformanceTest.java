package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.BackendConformance;

/** The reference backend, and with it every composed default, passes the suite. */
class ReferenceConformanceTest extends BackendConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
