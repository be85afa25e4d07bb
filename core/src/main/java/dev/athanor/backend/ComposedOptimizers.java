package dev.athanor.backend;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import java.util.List;

/**
 * Optimizer rules composed of primitives. What depends on the learning rate or the step is computed on the device, as float64
 * scalars, so that a captured step can be replayed with others.
 */
final class ComposedOptimizers {
  private ComposedOptimizers() {}

  static void step(Scratch s, OptimizerStep step) {
    View rate = step.hyper().select(0, 0);
    View count = step.hyper().select(0, 1);
    switch (step.rule()) {
      case OptimizerRule.Sgd rule -> sgd(s, rule, rate, count, step);
      case OptimizerRule.Adam rule -> adam(s, rule, rate, count, step);
    }
  }

  private static void sgd(Scratch s, OptimizerRule.Sgd rule, View rate, View count, OptimizerStep step) {
    View keep = null;
    View add = null;
    if (rule.stateSlots() > 0) { // the first step stores g undamped
      View first = s.binary(BinaryOp.EQ, count, 1);
      keep = s.take(DType.FLOAT64, count.shape());
      s.select(first, s.constant(DType.FLOAT64, 0), s.constant(DType.FLOAT64, rule.momentum()), keep);
      add = s.take(DType.FLOAT64, count.shape());
      s.select(first, s.constant(DType.FLOAT64, 1), s.constant(DType.FLOAT64, 1 - rule.dampening()), add);
    }
    for (int i = 0; i < step.parameters().size(); i++) {
      try (Scratch each = s.nested()) {
        View parameter = step.parameters().get(i);
        DType dtype = parameter.dtype();
        View move = decayed(each, step.gradients().get(i), parameter, rule.weightDecay());
        if (keep != null) {
          View velocity = step.states().get(i).get(0);
          each.binary(BinaryOp.MUL, velocity, each.cast(keep, dtype), velocity);
          each.binary(BinaryOp.ADD, velocity, each.binary(BinaryOp.MUL, move, each.cast(add, dtype)), velocity);
          move = rule.nesterov() ? each.scaledSum(velocity, rule.momentum(), move) : velocity;
        }
        View change = each.binary(BinaryOp.MUL, move, each.cast(rate, dtype));
        each.binary(BinaryOp.SUB, parameter, change, parameter);
      }
    }
  }

  private static void adam(Scratch s, OptimizerRule.Adam rule, View rate, View count, OptimizerStep step) {
    View size = s.binary(BinaryOp.DIV, rate, biasCorrection(s, rule.beta1(), count)); // lr / (1 - beta1^t)
    View unbias = s.unary(UnaryOp.RECIPROCAL, biasCorrection(s, rule.beta2(), count)); // 1 / (1 - beta2^t)
    View decay = s.scaledSum(rate, -rule.weightDecay(), s.constant(DType.FLOAT64, 1)); // 1 - lr * weightDecay
    for (int i = 0; i < step.parameters().size(); i++) {
      try (Scratch each = s.nested()) {
        View parameter = step.parameters().get(i);
        View gradient = step.gradients().get(i);
        DType dtype = parameter.dtype();
        if (!rule.decoupled()) {
          gradient = decayed(each, gradient, parameter, rule.weightDecay());
        } else if (rule.weightDecay() != 0) {
          each.binary(BinaryOp.MUL, parameter, each.cast(decay, dtype), parameter);
        }
        List<View> states = step.states().get(i);
        View mean = states.get(0);
        View square = states.get(1);
        average(each, mean, rule.beta1(), gradient);
        average(each, square, rule.beta2(), each.unary(UnaryOp.SQUARE, gradient));
        if (rule.amsgrad()) {
          View largest = states.get(2);
          each.binary(BinaryOp.MAX, largest, square, largest);
          square = largest;
        }
        View divisor = each.binary(BinaryOp.MUL, square, each.cast(unbias, dtype));
        if (rule.epsilonInside()) {
          divisor = each.unary(UnaryOp.SQRT, each.binary(BinaryOp.ADD, divisor, rule.epsilon()));
        } else {
          divisor = each.binary(BinaryOp.ADD, each.unary(UnaryOp.SQRT, divisor), rule.epsilon());
        }
        View change = each.binary(BinaryOp.DIV, each.binary(BinaryOp.MUL, mean, each.cast(size, dtype)), divisor);
        each.binary(BinaryOp.SUB, parameter, change, parameter);
      }
    }
  }

  /** 1 − βᵗ. */
  private static View biasCorrection(Scratch s, double beta, View count) {
    View power = s.binary(BinaryOp.POW, s.constant(DType.FLOAT64, beta), count);
    return s.binary(BinaryOp.SUB, s.constant(DType.FLOAT64, 1), power);
  }

  /** g + weightDecay·θ; g itself without decay. */
  private static View decayed(Scratch s, View gradient, View parameter, double weightDecay) {
    return weightDecay == 0 ? gradient : s.scaledSum(parameter, weightDecay, gradient);
  }

  /** running ← β·running + (1 − β)·now. */
  private static void average(Scratch s, View running, double beta, View now) {
    View share = s.binary(BinaryOp.MUL, now, 1 - beta);
    s.binary(BinaryOp.MUL, running, s.constant(running.dtype(), beta), running);
    s.binary(BinaryOp.ADD, running, share, running);
  }
}
