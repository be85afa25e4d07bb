package dev.athanor.examples.gallery;

import dev.athanor.examples.gallery.Plot.Stroke;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Initializer;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Tensor;
import java.awt.Color;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Networks that come closer to a curve the wider or the deeper they are. The theorem: G. Cybenko, 1989; K. Hornik, 1991. */
final class Approximation implements Exhibit {
  private static final int NARROW = 6;
  private static final int TRIES = 3;

  @Override
  public String name() {
    return "approximation";
  }

  @Override
  public String title() {
    return "Universal approximation by width and by depth";
  }

  /** A network's shape and what came out. */
  private record Fit(int size, double[] y, double error) {}

  @Override
  public Work make(Studio studio) {
    double[] x = Field.places(-1, 1, studio.size(201, 41));
    double[] wanted = Arrays.stream(x).map(Approximation::curve).toArray();
    List<Fit> wide = new ArrayList<>();
    for (int width : studio.quick() ? new int[] {1, 8} : new int[] {1, 2, 4, 8, 16, 64}) {
      wide.add(best(studio, x, wanted, width, width));
    }
    List<Fit> deep = new ArrayList<>();
    for (int depth : studio.quick() ? new int[] {1, 3} : new int[] {1, 2, 3, 4, 6}) {
      int[] widths = new int[depth];
      Arrays.fill(widths, NARROW);
      deep.add(best(studio, x, wanted, depth, widths));
    }
    var figure = new Figure(3, 460, 400)
        .add(curves("one hidden layer, by its width", "units", x, wanted, wide,
            studio.quick() ? new int[] {0, 1} : new int[] {1, 2, 3, 5}))
        .add(curves("layers of " + NARROW + " units, by their number", "layers", x, wanted, deep,
            studio.quick() ? new int[] {0, 1} : new int[] {0, 1, 2, 4}))
        .add(new Plot("error after training", "hidden units in all", "root mean squared error").logX().logY()
            .marked("by width", Palette.BLUE, SeriesMarkers.CIRCLE, sizes(wide, 1), errors(wide))
            .marked("by depth", Palette.RED, SeriesMarkers.DIAMOND, sizes(deep, NARROW), errors(deep)).marks(8).ticks(80, 45));
    Map<String, Double> numbers = new LinkedHashMap<>();
    wide.forEach(f -> numbers.put("error, one layer of " + f.size, f.error));
    deep.forEach(f -> numbers.put("error, " + f.size + (f.size == 1 ? " layer of " : " layers of ") + NARROW, f.error));
    return new Work(figure,
        "Networks with tanh learn the curve sin 2πx + ½ sin 5πx (dotted). Left: one hidden layer of more and more units; "
        + "middle: more and more layers of " + NARROW + " units; right: the error that stays, the best of "
        + (studio.quick() ? 1 : TRIES) + " first values. Either way any continuous curve can be met as closely as one "
        + "likes.",
        numbers);
  }

  private static double curve(double x) {
    return Math.sin(2 * Math.PI * x) + 0.5 * Math.sin(5 * Math.PI * x);
  }

  /** The best of some first values. */
  private static Fit best(Studio studio, double[] x, double[] wanted, int size, int... widths) {
    Fit best = null;
    for (int i = 0; i < (studio.quick() ? 1 : TRIES); i++) {
      Fit fit = fit(studio, x, wanted, size, widths, studio.seed() + i);
      best = best == null || fit.error < best.error ? fit : best;
    }
    return best;
  }

  private static Fit fit(Studio studio, double[] x, double[] wanted, int size, int[] widths, long seed) {
    List<Layer> layers = new ArrayList<>();
    int in = 1;
    for (int width : widths) {
      Linear linear = new Linear(in, width);
      // Steep first units, spread over the interval: the usual first values would all be nearly straight lines on it.
      layers.add(in == 1 ? linear.init(Initializer.normal(0, 5), Initializer.uniform(-5, 5)) : linear);
      layers.add(Activation.tanh());
      in = width;
    }
    layers.add(new Linear(in, 1));
    try (Layer model = new Sequential(layers).initialize(studio.device(), seed);
        Tensor inputs = studio.device().tensor(Studio.floats(x), x.length, 1);
        Tensor targets = studio.device().tensor(Studio.floats(wanted), x.length, 1)) {
      studio.fit(model, new MeanSquaredError(), inputs, targets, 0.03, studio.size(2000, 150));
      double[] y = Studio.doubles(studio.outputs(model, Studio.floats(x), x.length, 1));
      double sum = 0;
      for (int i = 0; i < y.length; i++) {
        sum += (y[i] - wanted[i]) * (y[i] - wanted[i]);
      }
      return new Fit(size, y, Math.sqrt(sum / y.length));
    }
  }

  private static Plot curves(String title, String unit, double[] x, double[] wanted, List<Fit> fits, int[] shown) {
    Plot plot = new Plot(title, "x", "").range(-1, 1).values(-1.8, 1.8).ticks(60, 40);
    Color[] colours = {Palette.YELLOW, Palette.PINK, Palette.GREEN, Palette.BLUE};
    for (int i = 0; i < shown.length; i++) {
      Fit f = fits.get(shown[i]);
      plot.line(f.size + " " + (f.size == 1 ? unit.substring(0, unit.length() - 1) : unit), colours[i + 4 - shown.length],
          i % 2 == 0 ? Stroke.DASHED : Stroke.SOLID, x, f.y);
    }
    return plot.line("curve", Palette.INK, Stroke.DOTTED, x, wanted);
  }

  private static double[] sizes(List<Fit> fits, int units) {
    return fits.stream().mapToDouble(f -> f.size * (double) units).toArray();
  }

  private static double[] errors(List<Fit> fits) {
    return fits.stream().mapToDouble(Fit::error).toArray();
  }
}
