package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.VocabularyConformance;

/** Activations, losses and initialisers on the CPU backend. */
class CpuVocabularyTest extends VocabularyConformance {
  @Override
  protected Backend open() {
    return new CpuBackend(2, true);
  }
}
