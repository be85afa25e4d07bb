package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.TensorConformance;

/** The tensor suite over the reference backend. */
class ReferenceTensorTest extends TensorConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
