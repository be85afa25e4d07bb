package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.TensorConformance;

/** Tensors, autograd and memory over the backend without its native library. */
class JavaTensorTest extends TensorConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, false);
  }
}
