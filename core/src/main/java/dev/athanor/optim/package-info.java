/** Optimizers: one {@link dev.athanor.optim.Optimizer} for every {@link dev.athanor.backend.OptimizerRule update rule}. */
package dev.athanor.optim;
