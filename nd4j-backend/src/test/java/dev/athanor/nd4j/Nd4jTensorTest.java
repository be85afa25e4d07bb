package dev.athanor.nd4j;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.TensorConformance;

/** Tensors, autograd and memory over the backend. */
class Nd4jTensorTest extends TensorConformance {
  @Override
  protected Backend open() {
    return new Nd4jBackend();
  }
}
