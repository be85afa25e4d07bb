package dev.athanor.backend;

import dev.athanor.tensor.View;
import java.util.List;

/**
 * One optimizer step over several parameters at once. Every list has one entry per parameter; a parameter, its gradient and its
 * states are contiguous and have one shape and type.
 *
 * @param rule the update rule
 * @param hyper float64[2] on the device: the learning rate and the step count (1 at the first step)
 * @param parameters θ, updated in place
 * @param gradients g, only read
 * @param states for each parameter the rule's state tensors, updated in place
 */
public record OptimizerStep(OptimizerRule rule, View hyper, List<View> parameters, List<View> gradients, List<List<View>> states) {}
