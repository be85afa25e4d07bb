package dev.athanor.examples.gallery;

import dev.athanor.examples.gallery.Field.Shades;
import dev.athanor.examples.gallery.Palette.Ramp;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** What a perceptron and a network with two hidden layers make of XOR, of two moons and of two spirals. */
final class DecisionBoundaries implements Exhibit {
  @Override
  public String name() {
    return "decision-boundaries";
  }

  @Override
  public String title() {
    return "Decision boundaries of XOR, moons and spirals";
  }

  /** Three clouds of points, even ones of class 0, odd ones of class 1. */
  private enum Cloud {
    XOR(1.8) {
      @Override
      double[] place(int i, double share, Random random) {
        int corner = i % 4;
        double x = corner == 0 || corner == 1 ? -1 : 1;
        double y = (corner % 2 == 0) == (x < 0) ? -1 : 1;
        return new double[] {x + 0.28 * random.nextGaussian(), y + 0.28 * random.nextGaussian()};
      }
    },
    MOONS(2.1) {
      @Override
      double[] place(int i, double share, Random random) {
        double angle = Math.PI * share;
        double x = i % 2 == 0 ? Math.cos(angle) - 0.5 : 0.5 - Math.cos(angle);
        double y = i % 2 == 0 ? Math.sin(angle) - 0.25 : 0.25 - Math.sin(angle);
        return new double[] {1.1 * x + 0.12 * random.nextGaussian(), 1.1 * y + 0.12 * random.nextGaussian()};
      }
    },
    SPIRALS(2.2) {
      @Override
      double[] place(int i, double share, Random random) {
        double angle = 3.2 * Math.PI * share + (i % 2 == 0 ? 0 : Math.PI);
        double radius = 0.2 + 1.7 * share;
        return new double[] {radius * Math.cos(angle) + 0.05 * random.nextGaussian(),
          radius * Math.sin(angle) + 0.05 * random.nextGaussian()};
      }
    };

    private final double reach;

    Cloud(double reach) {
      this.reach = reach;
    }

    /** A point, at a share of the way along its class. */
    abstract double[] place(int i, double share, Random random);

    float[] points(int n, long seed) {
      var random = new Random(seed);
      float[] all = new float[2 * n];
      for (int i = 0; i < n; i++) {
        double[] p = place(i, (i / 2) / (n / 2 - 1.0), random);
        all[2 * i] = (float) p[0];
        all[2 * i + 1] = (float) p[1];
      }
      return all;
    }
  }

  @Override
  public Work make(Studio studio) {
    var figure = new Figure(3, 400, 380)
        .heading("shares of points on the right side; blue: class 0 more likely, orange: class 1, white: even");
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (boolean deep : new boolean[] {false, true}) {
      for (Cloud cloud : Cloud.values()) {
        figure.add(panel(studio, cloud, deep, numbers));
      }
    }
    return new Work(figure,
        "Points of two classes, and the probability that a network gives each place: blue for circles, orange for "
        + "squares, white at one half. Above a perceptron, which can only draw a straight line; below a network with two "
        + "hidden layers of 32 units.",
        numbers);
  }

  private static Plot panel(Studio studio, Cloud cloud, boolean deep, Map<String, Double> numbers) {
    int n = studio.size(300, 80);
    float[] points = cloud.points(n, studio.seed() + cloud.ordinal());
    float[] labels = new float[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 2;
    }
    double[] places = Field.places(-cloud.reach, cloud.reach, studio.size(81, 25));
    Layer model = deep
        ? new Sequential(new Linear(2, 32), Activation.tanh(), new Linear(32, 32), Activation.tanh(), new Linear(32, 1))
        : new Linear(2, 1);
    try (model; Tensor x = studio.device().tensor(points, n, 2); Tensor t = studio.device().tensor(labels, n, 1)) {
      model.initialize(studio.device(), studio.seed());
      studio.fit(model, new BinaryCrossEntropy(), x, t, deep ? 0.02 : 0.1, studio.size(deep ? 1500 : 300, 120));
      float[] answers = studio.outputs(model, points, n, 2);
      int right = 0;
      for (int i = 0; i < n; i++) {
        right += (answers[i] > 0) == (i % 2 == 1) ? 1 : 0;
      }
      double accuracy = right / (double) n;
      String name = cloud.name().toLowerCase(Locale.ROOT) + ", " + (deep ? "two hidden layers" : "perceptron");
      numbers.put("accuracy: " + name, accuracy);
      float[] grid = studio.outputs(model, Studio.floats(Field.pairs(places, places)), (long) places.length * places.length, 2);
      double[] probability = new double[grid.length];
      Arrays.setAll(probability, i -> 1 / (1 + Math.exp(-grid[i])));
      return new Plot(String.format(Locale.ROOT, "%s: %.1f %%", name, 100 * accuracy), "", "")
          .field(new Field(places, places, probability), new Shades(Ramp.SIDES, 0, 1, 12), false)
          .points("class 0", Palette.BLUE.darker(), SeriesMarkers.CIRCLE, every(points, 0, 0), every(points, 0, 1))
          .points("class 1", Palette.RED.darker(), SeriesMarkers.SQUARE, every(points, 1, 0), every(points, 1, 1))
          .marks(5).ticks(60, 50).plain();
    }
  }

  /** One coordinate of every second point. */
  private static double[] every(float[] points, int parity, int axis) {
    double[] all = new double[points.length / 4];
    Arrays.setAll(all, i -> points[2 * (2 * i + parity) + axis]);
    return all;
  }
}
