package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.TensorConformance;

/** Tensors, their operations and gradients on the CPU backend. */
class CpuTensorTest extends TensorConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
