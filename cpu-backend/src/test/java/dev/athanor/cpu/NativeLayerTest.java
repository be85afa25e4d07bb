package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.training.LayerConformance;

/** Layers, losses and optimizers over this backend, with its native library. */
class NativeLayerTest extends LayerConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
