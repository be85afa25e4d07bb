package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.LayerConformance;

/** Layers, losses and optimizers over the reference backend. */
class ReferenceLayerTest extends LayerConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
