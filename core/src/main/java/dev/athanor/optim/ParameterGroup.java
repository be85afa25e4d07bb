package dev.athanor.optim;

import dev.athanor.backend.OptimizerRule;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;

/**
 * Parameters that one rule changes, in one step on the device.
 *
 * @param rule how they change, weight decay included
 * @param rateFactor their learning rate is the optimizer's times this; finite and not negative
 * @param parameters by name; the order is kept
 */
public record ParameterGroup(OptimizerRule rule, double rateFactor, Map<String, Tensor> parameters) {
  /** Checks the factor. */
  public ParameterGroup {
    Checks.require(rateFactor >= 0 && Double.isFinite(rateFactor), "optimizer",
        "a group's learning rate factor must be finite and "
        + "not negative: " + rateFactor);
    parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
  }

  /** With the optimizer's own learning rate. */
  public ParameterGroup(OptimizerRule rule, Map<String, Tensor> parameters) {
    this(rule, 1, parameters);
  }

  /** All parameters of a model in one group. */
  public static List<ParameterGroup> all(OptimizerRule rule, Layer model) {
    return of(rule, model.parameters());
  }

  /**
   * The usual groups: weights, of two axes or more, decay; biases and the factors and offsets of normalizations, of one axis or
   * none, do not.
   */
  public static List<ParameterGroup> decayWeightsOnly(OptimizerRule rule, Layer model) {
    return of(rule, model.parameters()).stream()
        .flatMap(g -> g.split((_, p) -> p.rank() >= 2, null, g.rule.withWeightDecay(0), g.rateFactor).stream()).toList();
  }

  /**
   * What a rule can do with parameters: one group, or for a rule of matrices two, where AdamW with the same weight decay and β =
   * (0.9, 0.95) changes what is no matrix, at the same learning rate.
   */
  static List<ParameterGroup> of(OptimizerRule rule, Map<String, Tensor> parameters) {
    var all = new ParameterGroup(rule, parameters);
    return rule.matricesOnly() ? all.split((_, p) -> p.rank() >= 2, null,
        new OptimizerRule.Adam(0.9, 0.95, 1e-8, rule.weightDecay(), true, false, false), 1) : List.of(all);
  }

  /**
   * Divides the group in two; a part without parameters is left out.
   *
   * @param first which parameters, by name and tensor, form the first part and keep rule and learning rate
   * @param otherRule the rule of the second part, or null for this one's
   * @param otherFactor the second part's learning rate factor
   */
  public List<ParameterGroup> split(BiPredicate<String, Tensor> first, OptimizerRule otherRule, double otherFactor) {
    return split(first, rule, otherRule == null ? rule : otherRule, otherFactor);
  }

  private List<ParameterGroup> split(BiPredicate<String, Tensor> first, OptimizerRule own, OptimizerRule otherRule,
      double otherFactor) {
    var yes = new LinkedHashMap<String, Tensor>();
    var no = new LinkedHashMap<String, Tensor>();
    parameters.forEach((name, p) -> (first.test(name, p) ? yes : no).put(name, p));
    var parts = new ArrayList<ParameterGroup>();
    if (!yes.isEmpty()) {
      parts.add(new ParameterGroup(own == null ? rule : own, rateFactor, yes));
    }
    if (!no.isEmpty()) {
      parts.add(new ParameterGroup(otherRule, otherFactor, no));
    }
    return List.copyOf(parts);
  }
}
