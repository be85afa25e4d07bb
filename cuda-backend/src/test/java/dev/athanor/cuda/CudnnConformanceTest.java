package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.ProductConformance;
import dev.athanor.ptx.Check;
import java.util.Set;

/** The suite's convolutions by way of cuDNN, simulated. {@link SimulatedConformanceTest} runs those of a GPU without it. */
class CudnnConformanceTest extends ProductConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open("cuda-sim", SimulatedMachine.of(Set.of(Check.UNWRITTEN)).withCudnn());
  }
}
