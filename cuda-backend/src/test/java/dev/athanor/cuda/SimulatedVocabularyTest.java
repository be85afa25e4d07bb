package dev.athanor.cuda;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.VocabularyConformance;

/** Activations, losses and initialisers on the simulated device, with every check of the simulator. */
class SimulatedVocabularyTest extends VocabularyConformance {
  @Override
  protected Backend open() {
    return SimulatedCudaProvider.open(SimulatedCudaProvider.checks(System.getProperty("athanor.cuda.sim.checks", "all")));
  }
}
