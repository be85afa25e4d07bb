package dev.athanor.conformance;

import dev.athanor.backend.OptimizerRule;
import java.util.List;

/** The formulas at {@link OptimizerRule} in float64, one parameter at a time, transcribed from the papers named there. */
final class OptimizerFormulas {
  /** Where a step is: learning rate, step count from 1, and NAdam's product of momenta. */
  record Place(double rate, double t, double product) {}

  private OptimizerFormulas() {}

  /** Updates a parameter (of so many rows, for matrices) and its states. */
  static void step(OptimizerRule rule, Place at, int rows, double[] x, double[] gradient, List<double[]> states) {
    double[] g = gradient.clone();
    for (int i = 0; i < g.length; i++) {
      switch (rule.decay()) {
        case COUPLED -> g[i] += rule.weightDecay() * x[i];
        case DECOUPLED -> x[i] *= 1 - at.rate * rule.weightDecay();
        case OWN -> { }
      }
    }
    double[] change = new double[g.length];
    double[] s = new double[3];
    for (int i = 0; i < g.length; i++) {
      for (int k = 0; k < states.size(); k++) {
        s[k] = states.get(k)[i];
      }
      change[i] = change(rule, at, x[i], g[i], s);
      for (int k = 0; k < states.size(); k++) {
        states.get(k)[i] = s[k];
      }
    }
    double factor = 1;
    if (rule instanceof OptimizerRule.Lamb) {
      double size = norm(x);
      double length = norm(change);
      factor = at.rate * (size == 0 || length == 0 ? 1 : size / length);
    } else if (rule instanceof OptimizerRule.Muon m) {
      change = orthogonal(change, rows, m.iterations());
      factor = at.rate * Math.sqrt(Math.max(1, (double) rows * rows / Math.max(1, g.length)));
    }
    for (int i = 0; i < g.length; i++) {
      x[i] -= factor * change[i];
    }
  }

  /** What is subtracted from an element (for LAMB and Muon: the direction); {@code s} are its states. */
  private static double change(OptimizerRule rule, Place at, double x, double g, double[] s) {
    double rate = at.rate;
    double t = at.t;
    return switch (rule) {
      case OptimizerRule.Sgd r -> {
        if (r.momentum() == 0) {
          yield rate * g;
        }
        s[0] = t == 1 ? g : r.momentum() * s[0] + (1 - r.dampening()) * g;
        yield rate * (r.nesterov() ? g + r.momentum() * s[0] : s[0]);
      }
      case OptimizerRule.AdaGrad r -> {
        s[0] += g * g;
        yield rate / (1 + (t - 1) * r.rateDecay()) * g / root(s[0], r.epsilon(), r.epsilonInside());
      }
      case OptimizerRule.RmsProp r -> {
        s[0] = mix(r.alpha(), s[0], g * g);
        double v = s[0];
        if (r.centered()) {
          int k = r.momentum() != 0 ? 2 : 1;
          s[k] = mix(r.alpha(), s[k], g);
          v -= s[k] * s[k];
        }
        double u = g / root(v, r.epsilon(), r.epsilonInside());
        if (r.momentum() != 0) {
          s[1] = r.momentum() * s[1] + u;
          u = s[1];
        }
        yield rate * u;
      }
      case OptimizerRule.AdaDelta r -> {
        s[0] = mix(r.rho(), s[0], g * g);
        double u = root(s[1], r.epsilon(), r.epsilonInside()) / root(s[0], r.epsilon(), r.epsilonInside()) * g;
        s[1] = mix(r.rho(), s[1], u * u);
        yield rate * u;
      }
      case OptimizerRule.Adam r -> {
        moments(s, r.beta1(), r.beta2(), g);
        double v = s[1];
        if (r.amsgrad()) {
          s[2] = Math.max(s[2], v);
          v = s[2];
        }
        yield rate * unbiased(s[0], r.beta1(), t) / root(unbiased(v, r.beta2(), t), r.epsilon(), r.epsilonInside());
      }
      case OptimizerRule.Adamax r -> {
        s[0] = mix(r.beta1(), s[0], g);
        s[1] = Math.max(r.beta2() * s[1], Math.abs(g) + (r.epsilonInside() ? r.epsilon() : 0));
        yield rate * unbiased(s[0], r.beta1(), t) / (s[1] + (r.epsilonInside() ? 0 : r.epsilon()));
      }
      case OptimizerRule.NAdam r -> {
        moments(s, r.beta1(), r.beta2(), g);
        double mu = r.beta1() * (1 - 0.5 * Math.pow(0.96, t * r.momentumDecay()));
        double next = r.beta1() * (1 - 0.5 * Math.pow(0.96, (t + 1) * r.momentumDecay()));
        yield rate * ((1 - mu) / (1 - at.product) * g + next / (1 - at.product * next) * s[0])
            / root(unbiased(s[1], r.beta2(), t), r.epsilon(), r.epsilonInside());
      }
      case OptimizerRule.RAdam r -> {
        moments(s, r.beta1(), r.beta2(), g);
        double correction = 1 - Math.pow(r.beta2(), t);
        double limit = 2 / (1 - r.beta2()) - 1;
        double rho = limit - 2 * t * (1 - correction) / correction;
        double move = rate * unbiased(s[0], r.beta1(), t);
        if (rho > 5) {
          move *= Math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho));
          move /= r.epsilonInside() ? Math.sqrt(s[1] / correction + r.epsilon())
              : (Math.sqrt(s[1]) + r.epsilon()) / Math.sqrt(correction);
        }
        yield move;
      }
      case OptimizerRule.Lamb r -> {
        moments(s, r.beta1(), r.beta2(), g);
        yield unbiased(s[0], r.beta1(), t) / root(unbiased(s[1], r.beta2(), t), r.epsilon(), r.epsilonInside())
            + r.weightDecay() * x;
      }
      case OptimizerRule.Lion r -> {
        double sign = Math.signum(mix(r.beta1(), s[0], g));
        s[0] = mix(r.beta2(), s[0], g);
        yield rate * sign;
      }
      case OptimizerRule.Muon r -> {
        s[0] = mix(r.momentum(), s[0], g);
        yield r.nesterov() ? mix(r.momentum(), s[0], g) : s[0];
      }
    };
  }

  /** Newton and Schulz' iteration on a matrix of so many rows, as K. Jordan's article has it. */
  static double[] orthogonal(double[] u, int rows, int iterations) {
    int n = rows;
    int m = n == 0 ? 0 : u.length / n;
    boolean tall = n > m;
    double[][] x = new double[tall ? m : n][tall ? n : m];
    double size = Math.max(norm(u), 1e-7);
    for (int i = 0; i < u.length; i++) {
      x[tall ? i % m : i / m][tall ? i / m : i % m] = u[i] / size;
    }
    for (int k = 0; k < iterations; k++) {
      double[][] a = product(x, transposed(x));
      double[][] b = product(a, a);
      for (int i = 0; i < b.length; i++) {
        for (int j = 0; j < b.length; j++) {
          b[i][j] = -4.7750 * a[i][j] + 2.0315 * b[i][j];
        }
      }
      double[][] bx = product(b, x);
      for (int i = 0; i < x.length; i++) {
        for (int j = 0; j < x[i].length; j++) {
          x[i][j] = 3.4445 * x[i][j] + bx[i][j];
        }
      }
    }
    double[] out = new double[u.length];
    for (int i = 0; i < u.length; i++) {
      out[i] = x[tall ? i % m : i / m][tall ? i / m : i % m];
    }
    return out;
  }

  private static double[][] product(double[][] a, double[][] b) {
    double[][] c = new double[a.length][b.length == 0 ? 0 : b[0].length];
    for (int i = 0; i < c.length; i++) {
      for (int k = 0; k < b.length; k++) {
        for (int j = 0; j < c[i].length; j++) {
          c[i][j] += a[i][k] * b[k][j];
        }
      }
    }
    return c;
  }

  private static double[][] transposed(double[][] a) {
    double[][] t = new double[a.length == 0 ? 0 : a[0].length][a.length];
    for (int i = 0; i < t.length; i++) {
      for (int j = 0; j < a.length; j++) {
        t[i][j] = a[j][i];
      }
    }
    return t;
  }

  private static double norm(double[] x) {
    double sum = 0;
    for (double v : x) {
      sum += v * v;
    }
    return Math.sqrt(sum);
  }

  private static void moments(double[] s, double beta1, double beta2, double g) {
    s[0] = mix(beta1, s[0], g);
    s[1] = mix(beta2, s[1], g * g);
  }

  private static double mix(double keep, double old, double now) {
    return keep * old + (1 - keep) * now;
  }

  private static double unbiased(double moment, double beta, double t) {
    return moment / (1 - Math.pow(beta, t));
  }

  private static double root(double v, double epsilon, boolean inside) {
    return inside ? Math.sqrt(v + epsilon) : Math.sqrt(v) + epsilon;
  }
}
