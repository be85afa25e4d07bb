package dev.athanor.optim;

import dev.athanor.AthanorException;
import dev.athanor.backend.OptimizerRule;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The optimizers by the names people know, with usual settings. */
public enum OptimizerName {
  /** Gradient descent. */
  SGD("sgd", 0.1, new OptimizerRule.Sgd()),
  /** Gradient descent with momentum 0.9. */
  MOMENTUM("momentum", 0.01, new OptimizerRule.Sgd(0.9, 0, false, 0)),
  /** Gradient descent with momentum 0.9 in Nesterov's form. */
  NESTEROV("nesterov", 0.01, new OptimizerRule.Sgd(0.9, 0, true, 0)),
  /** {@link OptimizerRule.AdaGrad}. */
  ADAGRAD("adagrad", 0.01, new OptimizerRule.AdaGrad()),
  /** {@link OptimizerRule.RmsProp}. */
  RMSPROP("rmsprop", 0.001, new OptimizerRule.RmsProp()),
  /** {@link OptimizerRule.RmsProp}, centred. */
  RMSPROP_CENTERED("rmsprop-centered", 0.001, new OptimizerRule.RmsProp(0.99, 0, true, 1e-8, false, 0)),
  /** {@link OptimizerRule.AdaDelta}. */
  ADADELTA("adadelta", 1, new OptimizerRule.AdaDelta()),
  /** {@link OptimizerRule.Adam}. */
  ADAM("adam", 0.001, new OptimizerRule.Adam()),
  /** Adam that divides by the largest second moment seen. */
  AMSGRAD("amsgrad", 0.001, new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0, false, true, false)),
  /** Adam with decoupled weight decay of 0.01. */
  ADAMW("adamw", 0.001, new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0.01, true, false, false)),
  /** {@link OptimizerRule.Adamax}. */
  ADAMAX("adamax", 0.002, new OptimizerRule.Adamax()),
  /** {@link OptimizerRule.NAdam}. */
  NADAM("nadam", 0.002, new OptimizerRule.NAdam()),
  /** {@link OptimizerRule.RAdam}. */
  RADAM("radam", 0.001, new OptimizerRule.RAdam()),
  /** {@link OptimizerRule.Lamb}. */
  LAMB("lamb", 0.005, new OptimizerRule.Lamb()),
  /** {@link OptimizerRule.Lion}. */
  LION("lion", 0.0003, new OptimizerRule.Lion()),
  /** {@link OptimizerRule.Muon}, with AdamW for what is no matrix. */
  MUON("muon", 0.005, new OptimizerRule.Muon());

  private final String label;
  private final double learningRate;
  private final OptimizerRule rule;

  OptimizerName(String label, double learningRate, OptimizerRule rule) {
    this.label = label;
    this.learningRate = learningRate;
    this.rule = rule;
  }

  /** The name as people write it, in small letters. */
  public String label() {
    return label;
  }

  /** A learning rate to begin with. */
  public double learningRate() {
    return learningRate;
  }

  /** The rule with its usual settings. */
  public OptimizerRule rule() {
    return rule;
  }

  /** All labels. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(OptimizerName::label).toList();
  }

  /**
   * The optimizer of a name, whatever its letters' case.
   *
   * @throws AthanorException if there is none; says which there are
   */
  public static OptimizerName of(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return Arrays.stream(values()).filter(o -> o.label.equals(wanted)).findFirst().orElseThrow(() -> new AthanorException(
        "there is no optimizer '" + name + "'; expected one of " + labels().stream().collect(Collectors.joining(", "))));
  }
}
