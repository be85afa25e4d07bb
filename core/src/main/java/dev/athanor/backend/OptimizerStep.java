package dev.athanor.backend;

import dev.athanor.tensor.View;
import java.util.List;

/**
 * One optimizer step over several parameters at once. Every list has one entry per parameter; a parameter, its gradient and its
 * states are contiguous and have one shape and type.
 *
 * @param rule the update rule
 * @param hyper float64[3] on the device: the learning rate, the step count (1 at the first step), and the product of the momenta
 *     μ₁·…·μₜ, which only {@link OptimizerRule.NAdam} reads. Everything that depends on them is computed on the device, so that a
 *     captured step can be replayed with others
 * @param parameters θ, updated in place
 * @param gradients g, only read
 * @param states for each parameter the rule's state tensors, updated in place
 */
public record OptimizerStep(OptimizerRule rule, View hyper, List<View> parameters, List<View> gradients,
    List<List<View>> states) {}
