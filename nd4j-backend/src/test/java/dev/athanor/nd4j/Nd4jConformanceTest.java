package dev.athanor.nd4j;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.BackendConformance;

/** The backend passes the suite. */
class Nd4jConformanceTest extends BackendConformance {
  @Override
  protected Backend open() {
    return new Nd4jBackend();
  }
}
