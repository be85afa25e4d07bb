package dev.athanor.examples.gallery;

import dev.athanor.examples.gallery.Field.Shades;
import dev.athanor.examples.gallery.Palette.Ramp;
import dev.athanor.optim.Lbfgs;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.OptimizerName;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * How each optimizer goes down f(x, y) = (1 − x)² + 10(y − x²)², a bent valley (H. Rosenbrock's, 1960, with 10 for 100), in the
 * same number of steps, each at the rate of a list that brings it lowest.
 */
final class OptimizerPaths implements Exhibit {
  private static final double[] RATES = {10, 3, 1, 0.3, 0.1, 0.03, 0.01, 0.003};
  private static final double[] START = {-1.5, 0.4};
  private static final String LBFGS = "l-bfgs";

  @Override
  public String name() {
    return "optimizer-paths";
  }

  @Override
  public String title() {
    return "Paths of the optimizers down a bent valley";
  }

  /** The places visited, with the start, and the loss at the last. */
  private record Path(double rate, double[] x, double[] y, double loss) {}

  @Override
  public Work make(Studio studio) {
    int steps = studio.size(150, 20);
    double[] xs = Field.places(-2, 2, studio.size(81, 21));
    double[] ys = Field.places(-1, 3, studio.size(81, 21));
    double[] heights = new double[xs.length * ys.length];
    for (int i = 0; i < heights.length; i++) {
      heights[i] = Math.log10(0.01 + value(xs[i % xs.length], ys[i / xs.length]));
    }
    var field = new Field(xs, ys, heights);
    var figure = new Figure(6, 250, 240).heading("f(x, y) = (1 − x)² + 10(y − x²)², darker is higher;  ● start,  ◆ after "
        + steps + " steps (l-bfgs: " + Math.min(steps, 40) + ")");
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("loss at the start", value(START[0], START[1]));
    for (OptimizerName name : OptimizerName.values()) {
      add(figure, numbers, field, name.label(), best(rate -> descend(studio, name, rate, steps)));
    }
    // L-BFGS finds its own step lengths and asks for the loss several times in each.
    add(figure, numbers, field, LBFGS, lbfgs(studio, Math.min(steps, 40)));
    return new Work(figure,
        "From the disc at (−1.5, 0.4) to the least value at (1, 1), " + steps + " steps each (L-BFGS "
        + Math.min(steps, 40) + " line searches), every optimizer at that one of the rates " + Arrays.toString(RATES)
        + " which brings it lowest. Darker is higher. Plain descent creeps along the valley's floor, momentum swings past "
        + "its turns, the adaptive rules take steps of a size of their own, and L-BFGS, which learns the curvature, needs "
        + "the fewest. AdaDelta begins with very small steps.",
        numbers);
  }

  private static double value(double x, double y) {
    return (1 - x) * (1 - x) + 10 * (y - x * x) * (y - x * x);
  }

  private static Tensor value(Tensor p) {
    Tensor x = p.select(1, 0);
    Tensor y = p.select(1, 1);
    return x.rsub(1).square().add(y.sub(x.square()).square().mul(10)).sum();
  }

  private static Path best(java.util.function.DoubleFunction<Path> descent) {
    Path best = null;
    for (double rate : RATES) {
      Path path = descent.apply(rate);
      if (Double.isFinite(path.loss) && (best == null || path.loss < best.loss)) {
        best = path;
      }
    }
    return best;
  }

  private static Path descend(Studio studio, OptimizerName name, double rate, int steps) {
    try (Tensor p = studio.device().tensor(START, 1, 2).requiresGrad(true);
        Optimizer optimizer = new Optimizer(name.rule(), rate, Map.of("p", p))) {
      return walk(studio, p, rate, steps, () -> {
        value(p).backward();
        optimizer.step();
        optimizer.zeroGrad();
        return null;
      });
    }
  }

  private static Path lbfgs(Studio studio, int steps) {
    try (Tensor p = studio.device().tensor(START, 1, 2).requiresGrad(true);
        Lbfgs optimizer = new Lbfgs(Map.of("p", p), new Lbfgs.Settings(1, 1, 10, 1e-9, 1e-12))) {
      return walk(studio, p, Double.NaN, steps, () -> optimizer.step(() -> value(p)));
    }
  }

  private static Path walk(Studio studio, Tensor p, double rate, int steps, Supplier<?> step) {
    double[] x = new double[steps + 1];
    double[] y = new double[steps + 1];
    for (int i = 0; i <= steps; i++) {
      double[] at = p.toDoubles();
      x[i] = at[0];
      y[i] = at[1];
      double loss = value(x[i], y[i]);
      if (!(loss < 1e6)) { // it has left the picture for good
        return new Path(rate, x, y, Double.NaN);
      }
      if (i < steps) {
        try (Scope _ = studio.device().scope()) {
          step.get();
        }
      }
    }
    return new Path(rate, x, y, value(x[steps], y[steps]));
  }

  private static void add(Figure figure, Map<String, Double> numbers, Field field, String name, Path path) {
    String rate = Double.isNaN(path.rate) ? "" : String.format(Locale.ROOT, ", rate %s", Table.number(path.rate));
    int last = path.x.length - 1;
    figure.add(new Plot(name + rate, "", "").field(field, new Shades(Ramp.BLUES, -2, 3.2, 16), false)
        .line("path", Palette.RED, Plot.Stroke.SOLID, 1.6, path.x, path.y)
        .points("start", Palette.INK, SeriesMarkers.CIRCLE, new double[] {path.x[0]}, new double[] {path.y[0]})
        .points("end", Palette.RED, SeriesMarkers.DIAMOND, new double[] {path.x[last]}, new double[] {path.y[last]})
        .marks(9).ticks(50, 40).plain());
    numbers.put(name, path.loss);
  }
}
