package dev.athanor.examples.gallery;

import dev.athanor.autograd.Tape;
import dev.athanor.data.ArrayDataset;
import dev.athanor.data.Dataset;
import dev.athanor.data.Split;
import dev.athanor.data.Splits;
import dev.athanor.examples.data.BuiltinDatasets;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.models.Autoencoder;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.Schedule;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.train.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Autoencoders press digits of 64 values into 2 or 8 numbers and draw them again. */
final class CompressedDigits implements Exhibit {
  private static final int PIXELS = 64;
  private static final int SHOWN = 10;

  @Override
  public String name() {
    return "autoencoder";
  }

  @Override
  public String title() {
    return "An autoencoder compresses digits";
  }

  @Override
  public Work make(Studio studio) {
    Split data = Splits.stratified(BuiltinDatasets.digits(), 0.25, studio.seed());
    float[] test = Studio.features(data.test());
    int n = data.test().size();
    int[] labels = data.test().labels();
    Map<String, Double> numbers = new LinkedHashMap<>();
    int[] examples = new int[SHOWN];
    Arrays.setAll(examples, digit -> first(labels, digit));
    Map<String, List<float[]>> rows = new LinkedHashMap<>();
    rows.put("original", images(test, examples));
    numbers.put("mean squared error of the mean digit", spread(test, Studio.features(data.train())));
    float[] codes = null;
    for (int size : new int[] {2, 8}) {
      try (Autoencoder model = Autoencoder.dense(Shape.of(PIXELS), size, 128, 64)) {
        train(studio, model, data.train());
        float[] again = studio.outputs(model, test, n, PIXELS);
        rows.put(size + " numbers", images(again, examples));
        numbers.put("mean squared error through " + size + " numbers", error(test, again));
        if (size == 2) {
          try (Scope _ = studio.device().scope(); var _ = Tape.noGrad()) {
            model.training(false);
            codes = model.encode(studio.device().tensor(test, n, PIXELS)).toFloats();
          }
        }
      }
    }
    numbers.put("share whose nearest neighbour in two numbers is the same digit", neighbours(codes, labels));
    var tiles = new Tiles("test digits, and what comes back", 8);
    for (int from = 0; from < SHOWN; from += SHOWN / 2) {
      int to = from + SHOWN / 2;
      rows.forEach((name, images) -> tiles.row(name, images.subList(to - SHOWN / 2, to), List.of()));
    }
    var figure = new Figure(2, 640, 500).add(scatter(codes, labels)).add(tiles);
    return new Work(figure,
        "Networks of 64-128-64-k-64-128-64 units learn to give a digit back through only k numbers. Left: the two "
        + "numbers of each test digit for k = 2, which no label helped to arrange. Right: test digits and what comes back "
        + "through 2 and 8 numbers.",
        numbers);
  }

  private static void train(Studio studio, Autoencoder model, Dataset digits) {
    float[] x = Studio.features(digits);
    var data = ArrayDataset.values("digits to themselves", x, Shape.of(PIXELS), x, Shape.of(PIXELS));
    model.initialize(studio.device(), studio.seed());
    int epochs = studio.size(120, 20);
    try (Trainer trainer = Trainer.of(model, new MeanSquaredError(), m -> Optimizer.adam(m, 3e-3)).epochs(epochs).batch(64)
        .seed(studio.seed()).schedulePerEpoch(Schedule.cosine(epochs)).build()) {
      trainer.fit(data);
    }
  }

  private static Plot scatter(float[] codes, int[] labels) {
    Marker[] markers = {SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP, SeriesMarkers.DIAMOND,
      SeriesMarkers.TRIANGLE_DOWN};
    Plot plot = new Plot("the code of two numbers", "first number", "second number").legendBeside().marks(6);
    for (int digit = 0; digit < 10; digit++) {
      int wanted = digit;
      int[] of = java.util.stream.IntStream.range(0, labels.length).filter(i -> labels[i] == wanted).toArray();
      double[] x = Arrays.stream(of).mapToDouble(i -> codes[2 * i]).toArray();
      double[] y = Arrays.stream(of).mapToDouble(i -> codes[2 * i + 1]).toArray();
      plot.points(Integer.toString(digit), Palette.ofClass(digit), markers[digit % markers.length], x, y);
    }
    return plot;
  }

  private static int first(int[] labels, int digit) {
    int i = 0;
    while (labels[i] != digit) {
      i++;
    }
    return i;
  }

  private static List<float[]> images(float[] all, int[] examples) {
    List<float[]> images = new ArrayList<>();
    for (int i : examples) {
      images.add(Arrays.copyOfRange(all, i * PIXELS, (i + 1) * PIXELS));
    }
    return images;
  }

  private static double error(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (a[i] - b[i]) * (double) (a[i] - b[i]);
    }
    return sum / a.length;
  }

  /** The error of answering every digit with the mean of the examples trained on. */
  private static double spread(float[] test, float[] train) {
    float[] mean = new float[PIXELS];
    for (int i = 0; i < train.length; i++) {
      mean[i % PIXELS] += train[i] / (train.length / PIXELS);
    }
    float[] answers = new float[test.length];
    for (int i = 0; i < answers.length; i++) {
      answers[i] = mean[i % PIXELS];
    }
    return error(test, answers);
  }

  private static double neighbours(float[] codes, int[] labels) {
    int same = 0;
    for (int i = 0; i < labels.length; i++) {
      int nearest = -1;
      double least = Double.POSITIVE_INFINITY;
      for (int j = 0; j < labels.length; j++) {
        double d = Math.hypot(codes[2 * i] - codes[2 * j], codes[2 * i + 1] - codes[2 * j + 1]);
        if (j != i && d < least) {
          least = d;
          nearest = j;
        }
      }
      same += labels[nearest] == labels[i] ? 1 : 0;
    }
    return same / (double) labels.length;
  }
}
