/**
 * Loss functions: {@link dev.athanor.loss.MeanSquaredError} for regression, {@link dev.athanor.loss.BinaryCrossEntropy} and
 * {@link dev.athanor.loss.CrossEntropy} for classification, both from logits.
 */
package dev.athanor.loss;
