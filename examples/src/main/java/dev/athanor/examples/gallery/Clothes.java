package dev.athanor.examples.gallery;

import dev.athanor.AthanorException;
import dev.athanor.data.Dataset;
import dev.athanor.data.Datasets;
import dev.athanor.data.Split;
import dev.athanor.data.Target;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.models.ResNet;
import dev.athanor.nn.Layer;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.Schedule;
import dev.athanor.train.Callback;
import dev.athanor.train.Trainer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/** A residual network of eight layers learns to tell clothes apart in some epochs of Fashion-MNIST. */
final class Clothes implements Exhibit {
  private static final int SIDE = 28;
  private static final int SHOWN = 24;
  private static final double RATE = 4e-3;

  @Override
  public String name() {
    return "fashion-resnet";
  }

  @Override
  public String title() {
    return "A residual network on Fashion-MNIST";
  }

  @Override
  public Optional<String> obstacle(Studio studio) {
    try {
      load(studio);
      return Optional.empty();
    } catch (AthanorException e) {
      return Optional.of(e.getMessage());
    }
  }

  private static Split load(Studio studio) {
    return Datasets.load("fashion-mnist", studio.data()).split(0);
  }

  @Override
  public Work make(Studio studio) {
    Split data = load(studio);
    Dataset train = part(data.train(), studio.size(60_000, 640));
    Dataset test = part(data.test(), studio.size(10_000, 200));
    int epochs = studio.size(2, 1);
    int batch = studio.size(128, 32);
    int steps = epochs * (train.size() / batch);
    List<Double> losses = new ArrayList<>();
    ResNet.Plan plan = ResNet.cifar(ResNet.Block.BASIC, 8).width(studio.size(16, 4));
    try (Layer model = new ResNet(plan, 1, 10).initialize(studio.device(), studio.seed());
        Trainer trainer = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, RATE)).epochs(epochs).batch(batch)
            .seed(studio.seed()).schedule(Schedule.oneCycle(steps + epochs)).metric(new Accuracy()).callback(new Callback() {
              @Override
              public void onStep(Run run) {
                losses.add(run.loss());
              }
            }).build()) {
      trainer.fit(train);
      double accuracy = trainer.evaluate(test).get("accuracy");
      float[] scores = trainer.predict(test).toFloats();
      return show(train, test, losses, scores, accuracy, model.parameterCount(), epochs);
    }
  }

  private static Dataset part(Dataset data, int most) {
    return data.size() <= most ? data : data.subset(IntStream.range(0, most).toArray());
  }

  private static Work show(Dataset train, Dataset test, List<Double> losses, float[] scores, double accuracy, long parameters,
      int epochs) {
    List<String> names = ((Target.Classes) test.target()).names();
    int[][] counts = new int[names.size()][names.size()];
    List<float[]> wrong = new ArrayList<>();
    List<String> words = new ArrayList<>();
    float[] pixels = Studio.features(part(test, Math.min(test.size(), 2000)));
    for (int i = 0; i < test.size(); i++) {
      int said = argMax(scores, i * names.size(), names.size());
      int label = test.label(i);
      counts[label][said]++;
      if (said != label && wrong.size() < SHOWN && (i + 1) * SIDE * SIDE <= pixels.length) {
        wrong.add(Arrays.copyOfRange(pixels, i * SIDE * SIDE, (i + 1) * SIDE * SIDE));
        words.add(names.get(said));
      }
    }
    double[] step = Field.places(1, losses.size(), losses.size());
    double[] loss = losses.stream().mapToDouble(d -> d).toArray();
    var tiles = new Tiles("test images that it gets wrong, and what it says", SIDE);
    for (int i = 0; i < wrong.size(); i += 6) {
      int end = Math.min(i + 6, wrong.size());
      tiles.row("", wrong.subList(i, end), words.subList(i, end));
    }
    var figure = new Figure(3, 480, 440)
        .add(new Plot("loss of each batch", "step", "cross-entropy").range(0, losses.size())
            .line("batch", Palette.SKY, Plot.Stroke.SOLID, 1, step, loss)
            .line("mean of the last 50", Palette.BLUE, Plot.Stroke.SOLID, 2.5, step, smooth(loss, 50)))
        .add(new Matrix("test images: what they are, and what it says", "said", "true", names, counts))
        .add(tiles);
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("parameters", (double) parameters);
    numbers.put("epochs", (double) epochs);
    numbers.put("examples trained on", (double) train.size());
    numbers.put("accuracy on test examples", accuracy);
    numbers.put("loss of the first batch", loss[0]);
    numbers.put("mean loss of the last 50 batches", smooth(loss, 50)[loss.length - 1]);
    return new Work(figure,
        "A residual network for small images (ResNet-8: 3 stages, shortcuts without parameters) after " + epochs
        + " epoch" + (epochs == 1 ? "" : "s") + " with Adam and a one-cycle schedule: its loss, which clothes it takes for "
        + "which, and some of its errors.",
        numbers);
  }

  private static int argMax(float[] values, int from, int count) {
    int best = from;
    for (int i = from; i < from + count; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best - from;
  }

  private static double[] smooth(double[] values, int over) {
    double[] means = new double[values.length];
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] - (i >= over ? values[i - over] : 0);
      means[i] = sum / Math.min(i + 1, over);
    }
    return means;
  }
}
