package dev.athanor.kernels.lab;

import static dev.athanor.kernels.Flags.AMSGRAD;
import static dev.athanor.kernels.Flags.CENTERED;
import static dev.athanor.kernels.Flags.DECOUPLED;
import static dev.athanor.kernels.Flags.EPS_INSIDE;
import static dev.athanor.kernels.Flags.MAXIMIZE;
import static dev.athanor.kernels.Flags.NESTEROV;

/**
 * The optimizers' rules in float64, one element at a time, written from their papers in the form PyTorch documents.
 * {@code h} are the launch constants in the kernel's order, weight decay first.
 */
final class OptimizerReference {
  private OptimizerReference() {}

  /** The value of the device array {@code schedule} at a step: lr, step and, for NAdam, the product of mu. */
  record Schedule(double lr, double step, double muProduct) {}

  /** One step of a rule: changes {@code s} in place and returns the new parameter. */
  static double step(String rule, double p, double grad, double[] s, Schedule t, double[] h, int flags) {
    double decay = h[0];
    double g = (flags & MAXIMIZE) != 0 ? -grad : grad;
    double lr = t.lr();
    if ((flags & DECOUPLED) != 0) {
      p -= lr * decay * p;
    } else {
      g += decay * p;
    }
    boolean inside = (flags & EPS_INSIDE) != 0;
    return switch (rule) {
      case "sgd" -> {
        if (h[1] == 0) {
          yield p - lr * g;
        }
        s[0] = t.step() == 1 ? g : h[1] * s[0] + (1 - h[2]) * g;
        yield p - lr * ((flags & NESTEROV) != 0 ? g + h[1] * s[0] : s[0]);
      }
      case "adagrad" -> {
        s[0] += g * g;
        yield p - lr / (1 + (t.step() - 1) * h[1]) * g / root(s[0], h[2], inside);
      }
      case "rmsprop" -> {
        s[0] = mix(h[1], s[0], g * g);
        double v = s[0];
        if ((flags & CENTERED) != 0) {
          s[2] = mix(h[1], s[2], g);
          v -= s[2] * s[2];
        }
        double update = g / root(v, h[2], inside);
        if (h[3] != 0) {
          s[1] = h[3] * s[1] + update;
          update = s[1];
        }
        yield p - lr * update;
      }
      case "adadelta" -> {
        s[0] = mix(h[1], s[0], g * g);
        double update = root(s[1], h[2], inside) / root(s[0], h[2], inside) * g;
        s[1] = mix(h[1], s[1], update * update);
        yield p - lr * update;
      }
      case "adam" -> {
        moments(s, g, h);
        double v = s[1];
        if ((flags & AMSGRAD) != 0) {
          s[2] = Math.max(s[2], v);
          v = s[2];
        }
        double c1 = 1 - Math.pow(h[1], t.step());
        double c2 = 1 - Math.pow(h[2], t.step());
        yield p - lr * (s[0] / c1) / root(v / c2, h[3], inside);
      }
      case "adamax" -> {
        s[0] = mix(h[1], s[0], g);
        s[1] = Math.max(h[2] * s[1], Math.abs(g) + (inside ? h[3] : 0));
        yield p - lr / (1 - Math.pow(h[1], t.step())) * s[0] / (inside ? s[1] : s[1] + h[3]);
      }
      case "nadam" -> {
        moments(s, g, h);
        double mu = mu(h[1], t.step(), h[4]);
        double next = mu(h[1], t.step() + 1, h[4]);
        double r = root(s[1] / (1 - Math.pow(h[2], t.step())), h[3], inside);
        yield p - lr * (1 - mu) / (1 - t.muProduct()) * g / r - lr * next / (1 - t.muProduct() * next) * s[0] / r;
      }
      case "radam" -> {
        moments(s, g, h);
        double power = Math.pow(h[2], t.step());
        double m = s[0] / (1 - Math.pow(h[1], t.step()));
        double limit = 2 / (1 - h[2]) - 1;
        double rho = limit - 2 * t.step() * power / (1 - power);
        if (rho <= 5) {
          yield p - lr * m;
        }
        double rectified = Math.sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho));
        yield p - lr * m * rectified / root(s[1] / (1 - power), inside ? h[3] : h[3] / Math.sqrt(1 - power), inside);
      }
      case "lion" -> {
        double c = mix(h[1], s[0], g);
        s[0] = mix(h[2], s[0], g);
        yield p - lr * Math.signum(c);
      }
      default -> throw new IllegalArgumentException("no reference for the optimizer " + rule);
    };
  }

  /** NAdam's momentum at a step. */
  static double mu(double beta1, double step, double momentumDecay) {
    return beta1 * (1 - 0.5 * Math.pow(0.96, step * momentumDecay));
  }

  private static void moments(double[] s, double g, double[] h) {
    s[0] = mix(h[1], s[0], g);
    s[1] = mix(h[2], s[1], g * g);
  }

  private static double mix(double keep, double old, double now) {
    return keep * old + (1 - keep) * now;
  }

  private static double root(double v, double eps, boolean inside) {
    return inside ? Math.sqrt(v + eps) : Math.sqrt(v) + eps;
  }
}
