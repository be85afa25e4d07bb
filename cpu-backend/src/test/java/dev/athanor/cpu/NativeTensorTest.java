package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.TensorConformance;

/** Tensors, autograd and memory over the backend with oneDNN. */
class NativeTensorTest extends TensorConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
