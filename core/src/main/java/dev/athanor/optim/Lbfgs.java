package dev.athanor.optim;

import dev.athanor.autograd.Tape;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * L-BFGS with a line search for the strong Wolfe conditions: for the whole data at once (a loss that is the same function each
 * time), few parameters to some thousands, and much precision. It asks for the loss several times in a step, so it takes a
 * closure:
 *
 * <pre>{@code
 * try (var optimizer = new Lbfgs(model)) {
 *   for (int i = 0; i < 20; i++) {
 *     double loss = optimizer.step(() -> new CrossEntropy().of(model.apply(x), t));
 *   }
 * }
 * }</pre>
 *
 * <p>Unlike {@link Optimizer} it decides on the host. Source: J. Nocedal and S. Wright, Numerical Optimization, 2nd edition,
 * algorithms 7.4 (two loops), 3.5 and 3.6 (line search, c₁ = 10⁻⁴, c₂ = 0.9, cubic interpolation).
 */
public final class Lbfgs implements AutoCloseable {
  private static final double C1 = 1e-4;
  private static final double C2 = 0.9;
  private static final int MOST_TRIALS = 25;

  private final Settings settings;
  private final List<Tensor> parameters;
  private final Device device;
  private final DType dtype;
  private final ArrayDeque<Pair> pairs = new ArrayDeque<>();
  private double scale = 1;
  private boolean begun;
  private int evaluations;

  /**
   * Settings.
   *
   * @param learningRate the first step length that a line search tries; 1 as the theory has it
   * @param iterations line searches in a call of {@link Lbfgs#step}
   * @param history pairs of differences that are remembered
   * @param gradientTolerance a step ends when no element of the gradient is larger
   * @param changeTolerance a step ends when parameters or loss change less
   */
  public record Settings(double learningRate, int iterations, int history, double gradientTolerance, double changeTolerance) {
    /** Checks the ranges. */
    public Settings {
      Checks.require(learningRate > 0 && Double.isFinite(learningRate), "lbfgs", "the learning rate must be finite and positive: "
          + learningRate);
      Checks.require(iterations > 0 && history > 0, "lbfgs", "iterations and history must be positive: " + iterations + ", "
          + history);
    }

    /** 20 iterations, 10 pairs, tolerances of 10⁻⁷ and 10⁻⁹. */
    public Settings() {
      this(1, 20, 10, 1e-7, 1e-9);
    }
  }

  /** A step s, the change y of the gradient in it, and 1/(y·s). */
  private record Pair(Tensor s, Tensor y, double rho) {
    void close() {
      s.close();
      y.close();
    }
  }

  /** A place on the line: how far, the loss, its slope along the line, and its gradient. */
  private record Point(double t, double loss, double slope, Tensor gradient) {}

  /** The loss along a line. */
  private interface Line {
    Point at(double t);
  }

  /** Over named parameters: leaves of one type on one device. */
  public Lbfgs(Map<String, Tensor> parameters, Settings settings) {
    Checks.require(!parameters.isEmpty(), "lbfgs", "there are no parameters");
    this.parameters = List.copyOf(new LinkedHashMap<>(parameters).values());
    this.settings = settings;
    Tensor first = this.parameters.getFirst();
    this.device = first.device();
    this.dtype = first.dtype();
    parameters.forEach((name, p) -> Checks.require(p.device() == device && p.dtype() == dtype && p.node() != null && p.node()
        .isLeaf(),
        "lbfgs", "parameter " + name + " must be a leaf that requires gradients, of the others' type and device"));
  }

  /** Over all parameters of a model, which must be built, with the usual settings. */
  public Lbfgs(Layer model) {
    this(model.parameters(), new Settings());
  }

  /**
   * Goes downhill for some iterations, or until a tolerance is met.
   *
   * @param closure computes the loss, a scalar that can be differentiated, from the parameters as they are
   * @return the loss before the step
   * @throws dev.athanor.AthanorException if that loss is not finite
   */
  public double step(Supplier<Tensor> closure) {
    try (Scope _ = device.scope()) {
      double[] loss = new double[1];
      Tensor gradient = gradient(closure, loss);
      double first = loss[0];
      Checks.require(Double.isFinite(first), "lbfgs", "the loss is " + first);
      double before = first;
      for (int i = 0; i < settings.iterations && largest(gradient) > settings.gradientTolerance; i++) {
        Tensor direction = direction(gradient);
        double slope = dot(gradient, direction);
        if (slope > -settings.changeTolerance) {
          break;
        }
        double begin = begun ? settings.learningRate : Math.min(1, 1 / gradient.abs().sum().item()) * settings.learningRate;
        begun = true;
        Tensor from = detached(() -> flat(parameters));
        Point found = search(t -> trial(closure, from, direction, t), new Point(0, before, slope, gradient), begin,
            largest(direction));
        put(from, direction, found.t);
        remember(direction, found, gradient);
        double moved = found.t * largest(direction);
        double change = Math.abs(found.loss - before);
        before = found.loss;
        gradient = found.gradient;
        if (moved <= settings.changeTolerance || change < settings.changeTolerance) {
          break;
        }
      }
      return first;
    }
  }

  /** How often the closure was asked, over all steps. */
  public int evaluations() {
    return evaluations;
  }

  /** Two loops: the inverse Hessian, as far as it is known, times the gradient, negative. */
  private Tensor direction(Tensor gradient) {
    return detached(() -> {
      Tensor q = gradient.neg();
      var alphas = new ArrayList<Double>();
      for (Iterator<Pair> i = pairs.descendingIterator(); i.hasNext();) {
        Pair p = i.next();
        double alpha = p.rho * dot(p.s, q);
        alphas.add(alpha);
        q = q.sub(p.y.mul(alpha));
      }
      Collections.reverse(alphas);
      q = q.mul(scale);
      int k = 0;
      for (Pair p : pairs) {
        q = q.add(p.s.mul(alphas.get(k++) - p.rho * dot(p.y, q)));
      }
      return q;
    });
  }

  private void remember(Tensor direction, Point found, Tensor gradient) {
    Tensor s = detached(() -> direction.mul(found.t)).persist();
    Tensor y = detached(() -> found.gradient.sub(gradient)).persist();
    double curvature = dot(y, s);
    if (!(curvature > 1e-10)) {
      new Pair(s, y, 0).close();
      return;
    }
    pairs.add(new Pair(s, y, 1 / curvature));
    scale = curvature / dot(y, y);
    if (pairs.size() > settings.history) {
      pairs.removeFirst().close();
    }
  }

  /** A point that meets the strong Wolfe conditions, or the best one found. */
  private Point search(Line line, Point start, double first, double largest) {
    Point before = start;
    Point now = line.at(first);
    int trials = 1;
    while (!(now.loss > start.loss + C1 * now.t * start.slope || trials > 1 && now.loss >= before.loss)) {
      if (Math.abs(now.slope) <= -C2 * start.slope || trials >= MOST_TRIALS) {
        return now;
      }
      if (now.slope >= 0) {
        return zoom(line, start, now, before, trials, largest);
      }
      double next = cubic(before, now, now.t + 0.01 * (now.t - before.t), 10 * now.t);
      before = now;
      now = line.at(next);
      trials++;
    }
    return zoom(line, start, before, now, trials, largest);
  }

  /** Between the better end of an interval that holds a good point, and the other. */
  private Point zoom(Line line, Point start, Point low, Point high, int done, double largest) {
    for (int trials = done; trials < MOST_TRIALS && Math.abs(high.t - low.t) * largest > settings.changeTolerance; trials++) {
      double width = Math.abs(high.t - low.t);
      double left = Math.min(low.t, high.t);
      double t = cubic(low, high, left + 0.1 * width, left + 0.9 * width); // not too near an end
      Point now = line.at(t);
      if (now.loss > start.loss + C1 * t * start.slope || now.loss >= low.loss) {
        high = now;
        continue;
      }
      if (Math.abs(now.slope) <= -C2 * start.slope) {
        return now;
      }
      if (now.slope * (high.t - low.t) >= 0) {
        high = low;
      }
      low = now;
    }
    return low;
  }

  /**
   * Where the cubic through two points and their slopes is smallest, within bounds (N. and W., equation 3.59); else their middle.
   */
  private static double cubic(Point a, Point b, double from, double to) {
    double d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t);
    double square = d1 * d1 - a.slope * b.slope;
    double d2 = Math.signum(b.t - a.t) * Math.sqrt(square);
    double t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2));
    return square >= 0 && Double.isFinite(t) ? Math.clamp(t, from, to) : (from + to) / 2;
  }

  private Point trial(Supplier<Tensor> closure, Tensor from, Tensor direction, double t) {
    put(from, direction, t);
    double[] loss = new double[1];
    Tensor gradient = gradient(closure, loss);
    double slope = dot(gradient, direction);
    return new Point(t, Double.isFinite(loss[0]) && Double.isFinite(slope) ? loss[0] : Double.POSITIVE_INFINITY, slope, gradient);
  }

  /** Parameters ← from + t·direction. */
  private void put(Tensor from, Tensor direction, double t) {
    try (Scope _ = device.scope(); var _ = Tape.noGrad()) {
      Tensor x = from.add(direction.mul(t));
      long at = 0;
      for (Tensor p : parameters) {
        p.assign(x.slice(0, at, at + p.size()).reshape(p.shape()));
        at += p.size();
      }
    }
  }

  private Tensor gradient(Supplier<Tensor> closure, double[] loss) {
    evaluations++;
    parameters.forEach(Tensor::zeroGrad);
    try (Scope scope = device.scope()) {
      Tensor l = closure.get();
      loss[0] = l.item();
      l.backward();
      Tensor g = detached(() -> flat(parameters.stream().map(p -> p.grad() == null ? device.zeros(dtype, p.shape()) : p.grad())
          .toList()));
      parameters.forEach(Tensor::zeroGrad);
      return scope.keep(g);
    }
  }

  private static Tensor flat(List<Tensor> tensors) {
    return Shaping.concat(0, tensors.stream().map(t -> t.detach().reshape(t.size())).toArray(Tensor[]::new));
  }

  private static Tensor detached(Supplier<Tensor> work) {
    try (var _ = Tape.noGrad()) {
      return work.get();
    }
  }

  private static double dot(Tensor a, Tensor b) {
    return detached(() -> a.mul(b).sum()).item();
  }

  private static double largest(Tensor x) {
    return x.size() == 0 ? 0 : detached(() -> x.abs().reshape(Shape.of(x.size())).max()).item();
  }

  /** Gives the memory of the remembered pairs back. */
  @Override
  public void close() {
    pairs.forEach(Pair::close);
    pairs.clear();
  }
}
