/**
 * Layers, losses, optimizers and training over a backend: {@link dev.athanor.conformance.training.LayerConformance} against
 * numbers that PyTorch computed, {@link dev.athanor.conformance.training.TrainerConformance} and
 * {@link dev.athanor.conformance.training.ResumeConformance} for whole runs.
 */
package dev.athanor.conformance.training;
