package dev.athanor.reference;

import dev.athanor.backend.Backend;
import dev.athanor.conformance.tensor.VocabularyConformance;

/** Activations, losses and initialisers on the reference backend. */
class ReferenceVocabularyTest extends VocabularyConformance {
  @Override
  protected Backend open() {
    return new ReferenceBackend();
  }
}
