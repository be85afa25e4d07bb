package dev.athanor.backend;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/**
 * Optimizer rules composed of primitives. What depends on the learning rate or the step is computed on the device, as float64
 * scalars, so that a captured step can be replayed with others.
 */
final class ComposedOptimizers {
  /** Of {@link OptimizerRule.Muon}'s polynomial. */
  private static final double[] ORTHOGONAL = {3.4445, -4.7750, 2.0315};

  private ComposedOptimizers() {}

  /** What is subtracted from a parameter, from its gradient; updates the states. {@code s} lives for this parameter. */
  private interface Formula {
    View change(Scratch s, View parameter, View gradient, List<View> states);
  }

  static void step(Scratch s, OptimizerStep step) {
    OptimizerRule rule = step.rule();
    View rate = step.hyper().select(0, 0);
    View count = step.hyper().select(0, 1);
    Formula formula = switch (rule) {
      case OptimizerRule.Sgd r -> sgd(s, r, rate, count);
      case OptimizerRule.AdaGrad r -> adaGrad(s, r, rate, count);
      case OptimizerRule.RmsProp r -> rmsProp(r, rate);
      case OptimizerRule.AdaDelta r -> adaDelta(r, rate);
      case OptimizerRule.Adam r -> adam(s, r, rate, count);
      case OptimizerRule.Adamax r -> adamax(s, r, rate, count);
      case OptimizerRule.NAdam r -> nadam(s, r, rate, count, step.hyper().select(0, 2));
      case OptimizerRule.RAdam r -> radam(s, r, rate, count);
      case OptimizerRule.Lamb r -> lamb(s, r, rate, count);
      case OptimizerRule.Lion r -> lion(r, rate);
      case OptimizerRule.Muon r -> muon(r, rate);
    };
    double decay = rule.weightDecay();
    View shrink = s.scaledSum(rate, -decay, s.constant(DType.FLOAT64, 1)); // 1 - lr * weightDecay
    for (int i = 0; i < step.parameters().size(); i++) {
      try (Scratch each = s.nested()) {
        View parameter = step.parameters().get(i);
        View gradient = step.gradients().get(i);
        if (decay != 0 && rule.decay() == OptimizerRule.Decay.COUPLED) {
          gradient = each.scaledSum(parameter, decay, gradient);
        } else if (decay != 0 && rule.decay() == OptimizerRule.Decay.DECOUPLED) {
          each.binary(BinaryOp.MUL, parameter, each.cast(shrink, parameter.dtype()), parameter);
        }
        View change = formula.change(each, parameter, gradient, step.states().get(i));
        each.binary(BinaryOp.SUB, parameter, change, parameter);
      }
    }
  }

  // ---- the rules, in the order of OptimizerRule

  private static Formula sgd(Scratch all, OptimizerRule.Sgd rule, View rate, View count) {
    if (rule.stateSlots() == 0) {
      return (s, _, gradient, _) -> times(s, gradient, rate);
    }
    View first = all.binary(BinaryOp.EQ, count, 1); // which stores g undamped
    View keep = choose(all, first, number(all, 0), number(all, rule.momentum()));
    View add = choose(all, first, number(all, 1), number(all, 1 - rule.dampening()));
    return (s, _, gradient, states) -> {
      View velocity = states.get(0);
      s.binary(BinaryOp.MUL, velocity, s.cast(keep, velocity.dtype()), velocity);
      s.binary(BinaryOp.ADD, velocity, times(s, gradient, add), velocity);
      return times(s, rule.nesterov() ? s.scaledSum(velocity, rule.momentum(), gradient) : velocity, rate);
    };
  }

  private static Formula adaGrad(Scratch all, OptimizerRule.AdaGrad rule, View rate, View count) {
    View slower = all.scaledSum(all.binary(BinaryOp.ADD, count, -1), rule.rateDecay(), number(all, 1));
    View size = all.binary(BinaryOp.DIV, rate, slower);
    return (s, _, gradient, states) -> {
      View sum = states.get(0);
      s.binary(BinaryOp.ADD, sum, s.unary(UnaryOp.SQUARE, gradient), sum);
      return s.binary(BinaryOp.DIV, times(s, gradient, size), root(s, sum, rule.epsilon(), rule.epsilonInside()));
    };
  }

  private static Formula rmsProp(OptimizerRule.RmsProp rule, View rate) {
    return (s, _, gradient, states) -> {
      View square = states.get(0);
      average(s, square, rule.alpha(), s.unary(UnaryOp.SQUARE, gradient));
      if (rule.centered()) {
        View mean = states.getLast();
        average(s, mean, rule.alpha(), gradient);
        View variance = s.binary(BinaryOp.SUB, square, s.unary(UnaryOp.SQUARE, mean));
        square = s.binary(BinaryOp.MAX, variance, 0); // rounding can carry it below zero
      }
      View update = s.binary(BinaryOp.DIV, gradient, root(s, square, rule.epsilon(), rule.epsilonInside()));
      if (rule.momentum() != 0) {
        View velocity = states.get(1);
        s.binary(BinaryOp.ADD, s.binary(BinaryOp.MUL, velocity, rule.momentum()), update, velocity);
        update = velocity;
      }
      return times(s, update, rate);
    };
  }

  private static Formula adaDelta(OptimizerRule.AdaDelta rule, View rate) {
    return (s, _, gradient, states) -> {
      View square = states.get(0);
      View moved = states.get(1);
      average(s, square, rule.rho(), s.unary(UnaryOp.SQUARE, gradient));
      View ratio = s.binary(BinaryOp.DIV, root(s, moved, rule.epsilon(), rule.epsilonInside()),
          root(s, square, rule.epsilon(), rule.epsilonInside()));
      View update = s.binary(BinaryOp.MUL, ratio, gradient);
      average(s, moved, rule.rho(), s.unary(UnaryOp.SQUARE, update));
      return times(s, update, rate);
    };
  }

  private static Formula adam(Scratch all, OptimizerRule.Adam rule, View rate, View count) {
    View size = all.binary(BinaryOp.DIV, rate, biasCorrection(all, rule.beta1(), count)); // lr / (1 - beta1^t)
    View unbias = all.unary(UnaryOp.RECIPROCAL, biasCorrection(all, rule.beta2(), count)); // 1 / (1 - beta2^t)
    return (s, _, gradient, states) -> {
      moments(s, states, rule.beta1(), rule.beta2(), gradient);
      View square = states.get(1);
      if (rule.amsgrad()) {
        View largest = states.get(2);
        s.binary(BinaryOp.MAX, largest, square, largest);
        square = largest;
      }
      View divisor = root(s, times(s, square, unbias), rule.epsilon(), rule.epsilonInside());
      return s.binary(BinaryOp.DIV, times(s, states.get(0), size), divisor);
    };
  }

  private static Formula adamax(Scratch all, OptimizerRule.Adamax rule, View rate, View count) {
    View size = all.binary(BinaryOp.DIV, rate, biasCorrection(all, rule.beta1(), count));
    return (s, _, gradient, states) -> {
      View mean = states.get(0);
      View largest = states.get(1);
      average(s, mean, rule.beta1(), gradient);
      View now = s.unary(UnaryOp.ABS, gradient);
      if (rule.epsilonInside()) {
        now = s.binary(BinaryOp.ADD, now, rule.epsilon());
      }
      s.binary(BinaryOp.MAX, s.binary(BinaryOp.MUL, largest, rule.beta2()), now, largest);
      View divisor = rule.epsilonInside() ? largest : s.binary(BinaryOp.ADD, largest, rule.epsilon());
      return s.binary(BinaryOp.DIV, times(s, mean, size), divisor);
    };
  }

  private static Formula nadam(Scratch all, OptimizerRule.NAdam rule, View rate, View count, View product) {
    View now = momentum(all, rule, count);
    View next = momentum(all, rule, all.binary(BinaryOp.ADD, count, 1));
    View byGradient = all.binary(BinaryOp.MUL, rate, all.binary(BinaryOp.DIV, oneMinus(all, now), oneMinus(all, product)));
    View ahead = oneMinus(all, all.binary(BinaryOp.MUL, product, next));
    View byMean = all.binary(BinaryOp.MUL, rate, all.binary(BinaryOp.DIV, next, ahead));
    View unbias = all.unary(UnaryOp.RECIPROCAL, biasCorrection(all, rule.beta2(), count));
    return (s, _, gradient, states) -> {
      moments(s, states, rule.beta1(), rule.beta2(), gradient);
      View divisor = root(s, times(s, states.get(1), unbias), rule.epsilon(), rule.epsilonInside());
      View move = s.binary(BinaryOp.ADD, times(s, gradient, byGradient), times(s, states.get(0), byMean));
      return s.binary(BinaryOp.DIV, move, divisor);
    };
  }

  /** μ of a step. */
  private static View momentum(Scratch s, OptimizerRule.NAdam rule, View count) {
    View power = s.binary(BinaryOp.POW, number(s, 0.96), s.binary(BinaryOp.MUL, count, rule.momentumDecay()));
    return s.scaledSum(power, -0.5 * rule.beta1(), number(s, rule.beta1()));
  }

  private static Formula radam(Scratch all, OptimizerRule.RAdam rule, View rate, View count) {
    double limit = 2 / (1 - rule.beta2()) - 1;
    View power = all.binary(BinaryOp.POW, number(all, rule.beta2()), count);
    View corrected = oneMinus(all, power);
    View lost = all.binary(BinaryOp.DIV, all.binary(BinaryOp.MUL, all.binary(BinaryOp.MUL, count, 2), power), corrected);
    View rho = all.binary(BinaryOp.SUB, number(all, limit), lost);
    View above = all.binary(BinaryOp.MUL, all.binary(BinaryOp.ADD, rho, -4), all.binary(BinaryOp.ADD, rho, -2));
    View below = all.binary(BinaryOp.MUL, rho, (limit - 4) * (limit - 2) / limit);
    View rectified = all.unary(UnaryOp.SQRT, all.binary(BinaryOp.DIV, above, below));
    View size = all.binary(BinaryOp.DIV, rate, biasCorrection(all, rule.beta1(), count));
    View adapted = all.binary(BinaryOp.MUL, size, rectified);
    View adaptive = all.binary(BinaryOp.GT, rho, 5);
    View unbias = all.unary(UnaryOp.RECIPROCAL, corrected);
    // (√v + ε)/√c, c the correction, is √(v/c) + ε/√c
    View epsilon = rule.epsilonInside() ? number(all, rule.epsilon())
        : all.binary(BinaryOp.DIV, number(all, rule.epsilon()), all.unary(UnaryOp.SQRT, corrected));
    return (s, _, gradient, states) -> {
      moments(s, states, rule.beta1(), rule.beta2(), gradient);
      View mean = states.get(0);
      View divisor = root(s, times(s, states.get(1), unbias), s.cast(epsilon, mean.dtype()), rule.epsilonInside());
      View rectifiedMove = s.binary(BinaryOp.DIV, times(s, mean, adapted), divisor);
      return choose(s, adaptive, rectifiedMove, times(s, mean, size));
    };
  }

  private static Formula lamb(Scratch all, OptimizerRule.Lamb rule, View rate, View count) {
    View unbias1 = all.unary(UnaryOp.RECIPROCAL, biasCorrection(all, rule.beta1(), count));
    View unbias2 = all.unary(UnaryOp.RECIPROCAL, biasCorrection(all, rule.beta2(), count));
    return (s, parameter, gradient, states) -> {
      moments(s, states, rule.beta1(), rule.beta2(), gradient);
      View divisor = root(s, times(s, states.get(1), unbias2), rule.epsilon(), rule.epsilonInside());
      View update = s.binary(BinaryOp.DIV, times(s, states.get(0), unbias1), divisor);
      update = s.scaledSum(parameter, rule.weightDecay(), update);
      View size = norm(s, parameter);
      View length = norm(s, update);
      View trust = s.binary(BinaryOp.DIV, size, length);
      View one = s.constant(parameter.dtype(), 1);
      trust = choose(s, s.binary(BinaryOp.EQ, size, 0), one, trust);
      trust = choose(s, s.binary(BinaryOp.EQ, length, 0), one, trust);
      return s.binary(BinaryOp.MUL, update, s.binary(BinaryOp.MUL, trust, s.cast(rate, parameter.dtype())));
    };
  }

  private static Formula lion(OptimizerRule.Lion rule, View rate) {
    return (s, _, gradient, states) -> {
      View mean = states.get(0);
      View mixed = s.binary(BinaryOp.ADD, s.binary(BinaryOp.MUL, mean, rule.beta1()),
          s.binary(BinaryOp.MUL, gradient, 1 - rule.beta1()));
      average(s, mean, rule.beta2(), gradient);
      return times(s, s.unary(UnaryOp.SIGN, mixed), rate);
    };
  }

  private static Formula muon(OptimizerRule.Muon rule, View rate) {
    return (s, parameter, gradient, states) -> {
      View buffer = states.get(0);
      average(s, buffer, rule.momentum(), gradient);
      View move = rule.nesterov() ? s.scaledSum(buffer, rule.momentum(), s.binary(BinaryOp.MUL, gradient, 1 - rule.momentum()))
          : buffer;
      if (parameter.size() == 0) {
        return move;
      }
      long rows = parameter.dim(0);
      View matrix = s.reshape(move, Shape.of(rows, parameter.size() / rows));
      double size = Math.sqrt(Math.max(1, (double) rows / matrix.dim(1)));
      View orthogonal = orthogonal(s, matrix, rule.iterations());
      return s.reshape(times(s, s.binary(BinaryOp.MUL, orthogonal, size), rate), parameter.shape());
    };
  }

  /** The matrix with all its singular values moved toward 1, by Newton and Schulz. */
  private static View orthogonal(Scratch s, View matrix, int iterations) {
    boolean tall = matrix.dim(0) > matrix.dim(1);
    View wide = tall ? matrix.swap(0, 1) : matrix;
    View x = s.binary(BinaryOp.DIV, wide, s.binary(BinaryOp.MAX, norm(s, matrix), 1e-7));
    long n = x.dim(0);
    View gram = s.take(x.dtype(), Shape.of(n, n));
    View mixed = s.take(x.dtype(), gram.shape());
    for (int i = 0; i < iterations; i++) {
      try (Scratch round = s.nested()) {
        s.backend.gemm(1, x, x.swap(0, 1), 0, gram);
        s.backend.copy(gram, mixed);
        s.backend.gemm(ORTHOGONAL[2], gram, gram, ORTHOGONAL[1], mixed);
        View old = round.copy(x);
        s.backend.gemm(1, mixed, old, ORTHOGONAL[0], x);
      }
    }
    return tall ? x.swap(0, 1) : x;
  }

  // ---- what they share

  private static View number(Scratch s, double value) {
    return s.constant(DType.FLOAT64, value);
  }

  /** x times a float64 scalar. */
  private static View times(Scratch s, View x, View factor) {
    return s.binary(BinaryOp.MUL, x, s.cast(factor, x.dtype()));
  }

  /** condition ? a : b. */
  private static View choose(Scratch s, View condition, View a, View b) {
    View out = s.take(a.dtype(), a.shape());
    s.select(condition, a, b, out);
    return out;
  }

  private static View oneMinus(Scratch s, View x) {
    return s.binary(BinaryOp.SUB, number(s, 1), x);
  }

  /** 1 − βᵗ. */
  private static View biasCorrection(Scratch s, double beta, View count) {
    return oneMinus(s, s.binary(BinaryOp.POW, number(s, beta), count));
  }

  /** √v + ε, or √(v + ε). */
  private static View root(Scratch s, View v, double epsilon, boolean inside) {
    return root(s, v, s.constant(v.dtype(), epsilon), inside);
  }

  private static View root(Scratch s, View v, View epsilon, boolean inside) {
    return inside ? s.unary(UnaryOp.SQRT, s.binary(BinaryOp.ADD, v, epsilon))
        : s.binary(BinaryOp.ADD, s.unary(UnaryOp.SQRT, v), epsilon);
  }

  /** √Σx². */
  private static View norm(Scratch s, View x) {
    return s.unary(UnaryOp.SQRT, s.sum(s.unary(UnaryOp.SQUARE, x)));
  }

  /** The running averages of gradient and squared gradient. */
  private static void moments(Scratch s, List<View> states, double beta1, double beta2, View gradient) {
    average(s, states.get(0), beta1, gradient);
    average(s, states.get(1), beta2, s.unary(UnaryOp.SQUARE, gradient));
  }

  /** running ← β·running + (1 − β)·now. */
  private static void average(Scratch s, View running, double beta, View now) {
    View share = s.binary(BinaryOp.MUL, now, 1 - beta);
    s.binary(BinaryOp.MUL, running, s.constant(running.dtype(), beta), running);
    s.binary(BinaryOp.ADD, running, share, running);
  }
}
