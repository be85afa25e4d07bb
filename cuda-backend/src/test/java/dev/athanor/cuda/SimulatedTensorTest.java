package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.TensorConformance;

/**
 * Tensors, autograd, gradients of every rule and memory on the simulated device. {@link SimulatedConformanceTest} runs its kernels
 * with the simulator's checks.
 */
class SimulatedTensorTest extends TensorConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks("none"));
  }
}
