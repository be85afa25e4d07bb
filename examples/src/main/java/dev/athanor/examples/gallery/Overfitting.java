package dev.athanor.examples.gallery;

import dev.athanor.backend.OptimizerRule;
import dev.athanor.data.ArrayDataset;
import dev.athanor.data.Dataset;
import dev.athanor.data.Split;
import dev.athanor.data.Splits;
import dev.athanor.data.Target;
import dev.athanor.examples.data.BuiltinDatasets;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.Shape;
import dev.athanor.train.EarlyStopping;
import dev.athanor.train.History;
import dev.athanor.train.Trainer;
import java.awt.Color;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** A network far too large for 200 digits, a fifth of them with wrong labels, and three ways to keep it from over-fitting. */
final class Overfitting implements Exhibit {
  private static final double WRONG = 0.2;

  @Override
  public String name() {
    return "over-fitting";
  }

  @Override
  public String title() {
    return "Dropout, weight decay and early stopping against over-fitting";
  }

  /** What is done against it. */
  private enum Remedy {
    NOTHING("nothing", Palette.INK, Plot.Stroke.SOLID),
    DROPOUT("dropout, one half", Palette.BLUE, Plot.Stroke.SOLID),
    DECAY("weight decay", Palette.GREEN, Plot.Stroke.DASHED),
    STOPPING("early stopping", Palette.RED, Plot.Stroke.SOLID);

    private final String label;
    private final Color colour;
    private final Plot.Stroke stroke;

    Remedy(String label, Color colour, Plot.Stroke stroke) {
      this.label = label;
      this.colour = colour;
      this.stroke = stroke;
    }

    Layer network() {
      return this == DROPOUT
          ? new Sequential(new Flatten(), new Linear(64, 256), Activation.relu(), new Dropout(0.5),
              new Linear(256, 256), Activation.relu(), new Dropout(0.5), new Linear(256, 10))
          : new Sequential(new Flatten(), new Linear(64, 256), Activation.relu(), new Linear(256, 256), Activation.relu(),
              new Linear(256, 10));
    }

    OptimizerRule rule() {
      return new OptimizerRule.Adam(0.9, 0.999, 1e-8, this == DECAY ? 1.0 : 0, true, false, false);
    }
  }

  @Override
  public Work make(Studio studio) {
    Split halves = Splits.stratified(BuiltinDatasets.digits(), 0.5, studio.seed());
    Dataset train = mislabelled(halves.train().subset(IntStream.range(0, 200).toArray()), studio.seed());
    int epochs = studio.size(60, 25);
    Plot seen = new Plot("on the 200 examples trained on", "epoch", "loss").range(0, epochs).values(0, 2.4);
    Plot unseen = new Plot("on examples not trained on", "epoch", "loss").range(0, epochs).values(0, 2.4);
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (Remedy remedy : Remedy.values()) {
      History history = run(studio, remedy, train, halves.test(), epochs);
      double[] epoch = history.epochs().stream().mapToDouble(History.Epoch::number).toArray();
      double[] loss = history.epochs().stream().mapToDouble(e -> e.judged().get("loss")).toArray();
      draw(seen, remedy, epoch, history.epochs().stream().mapToDouble(e -> e.train().get("loss")).toArray());
      draw(unseen, remedy, epoch, loss);
      int kept = remedy == Remedy.STOPPING ? best(loss) : loss.length - 1;
      if (remedy == Remedy.STOPPING) {
        unseen.points("kept", Palette.RED, SeriesMarkers.DIAMOND, new double[] {epoch[kept]}, new double[] {loss[kept]})
            .marks(11);
      }
      numbers.put(remedy.label + ": loss on new examples", loss[kept]);
      numbers.put(remedy.label + ": accuracy on new examples", history.epochs().get(kept).judged().get("accuracy"));
      numbers.put(remedy.label + ": loss on its own", history.epochs().get(kept).train().get("loss"));
    }
    return new Work(new Figure(2, 620, 440).add(seen).add(unseen),
        "A network of 85,002 parameters learns 200 digits, of which "
        + "a fifth carry a wrong label. Without a remedy it learns all of them by heart (left) and its loss on new digits "
        + "rises again (right). Dropout and weight decay hold it down; early stopping ends after five epochs without a "
        + "better loss and keeps the best epoch (mark).",
        numbers);
  }

  private static void draw(Plot plot, Remedy remedy, double[] epoch, double[] loss) {
    plot.line(remedy.label, remedy.colour, remedy.stroke, remedy == Remedy.STOPPING ? 4 : 2.2, epoch, loss);
  }

  private static int best(double[] loss) {
    return IntStream.range(0, loss.length).reduce(0, (a, b) -> loss[b] < loss[a] ? b : a);
  }

  private static History run(Studio studio, Remedy remedy, Dataset train, Dataset test, int epochs) {
    try (Layer model = remedy.network().initialize(studio.device(), studio.seed())) {
      Trainer.Builder builder = Trainer.of(model, new CrossEntropy(), m -> new Optimizer(remedy.rule(), 1e-3, m))
          .epochs(epochs).batch(20).seed(studio.seed()).metric(new Accuracy()).validation(test);
      if (remedy == Remedy.STOPPING) {
        builder.earlyStopping(new EarlyStopping(5));
      }
      try (Trainer trainer = builder.build()) {
        return trainer.fit(train);
      }
    }
  }

  /** The same examples, a share of them with another label. */
  private static Dataset mislabelled(Dataset data, long seed) {
    var random = new Random(seed);
    int[] labels = data.labels();
    for (int i = 0; i < labels.length; i++) {
      if (random.nextDouble() < WRONG) {
        labels[i] = (labels[i] + 1 + random.nextInt(9)) % 10;
      }
    }
    var classes = (Target.Classes) data.target();
    return ArrayDataset.classes("digits, some mislabelled", Studio.features(data), Shape.of(1, 8, 8), labels, classes.names());
  }
}
