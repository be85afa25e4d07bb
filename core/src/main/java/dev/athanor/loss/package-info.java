/**
 * Loss functions, by what the network is to tell. A class of several: {@link dev.athanor.loss.CrossEntropy} (weights, an ignored
 * class, soft targets, label smoothing; from logits, probabilities or their logarithms), {@link dev.athanor.loss.MultiMargin}.
 * Yes or no: {@link dev.athanor.loss.BinaryCrossEntropy}, {@link dev.athanor.loss.Hinge}; either: {@link dev.athanor.loss.Focal}.
 * Numbers: {@link dev.athanor.loss.MeanSquaredError}, {@link dev.athanor.loss.MeanAbsoluteError}, {@link dev.athanor.loss.Huber};
 * with their distribution: {@link dev.athanor.loss.PoissonNegativeLogLikelihood},
 * {@link dev.athanor.loss.GaussianNegativeLogLikelihood}. A distribution: {@link dev.athanor.loss.KullbackLeibler}. Vectors:
 * {@link dev.athanor.loss.CosineEmbedding}, {@link dev.athanor.loss.Triplet}. {@link dev.athanor.loss.Penalty} adds a term for
 * the size of the weights. All are made of tensor operations that stay on the device. {@link dev.athanor.loss.Losses} finds them
 * by name.
 */
package dev.athanor.loss;
