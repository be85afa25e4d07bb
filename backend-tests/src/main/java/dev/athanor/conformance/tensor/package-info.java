/**
 * The tests of what stands on the backend boundary: tensors, autograd and memory. Every backend runs them by extending
 * {@link dev.athanor.conformance.tensor.TensorConformance}; activations, losses and initialisers: {@link
 * dev.athanor.conformance.tensor.VocabularyConformance}.
 */
package dev.athanor.conformance.tensor;
