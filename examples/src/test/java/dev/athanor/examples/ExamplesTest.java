package dev.athanor.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.data.Dataset;
import dev.athanor.data.Split;
import dev.athanor.data.Splits;
import dev.athanor.data.Standardizer;
import dev.athanor.examples.data.BuiltinDatasets;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.Penalty;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.History;
import dev.athanor.train.LbfgsTrainer;
import dev.athanor.train.Trainer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The examples reach what they say, with fewer seeds and epochs than their programs. */
class ExamplesTest {
  private static final float[] PAIRS = {0, 0, 0, 1, 1, 0, 1, 1};
  private static Device device;

  @BeforeAll
  static void open() {
    device = Device.open("cpu");
  }

  @AfterAll
  static void close() {
    device.close();
  }

  @Test
  void onePerceptronLearnsWhatALineParts() {
    assertArrayEquals(new int[] {0, 0, 0, 1}, LogicGates.learn(device, new Linear(2, 1), PAIRS, 0, 0, 0, 1));
    assertArrayEquals(new int[] {0, 1, 1, 1}, LogicGates.learn(device, new Linear(2, 1), PAIRS, 0, 1, 1, 1));
    assertArrayEquals(new int[] {1, 0}, LogicGates.learn(device, new Linear(1, 1), new float[] {0, 1}, 1, 0));
    assertFalse(Arrays.equals(new int[] {0, 1, 1, 0}, LogicGates.learn(device, new Linear(2, 1), PAIRS, 0, 1, 1, 0)));
  }

  @Test
  void twoLayersLearnXor() {
    Layer two = new Sequential(new Linear(2, 8), Activation.tanh(), new Linear(8, 1));
    assertArrayEquals(new int[] {0, 1, 1, 0}, LogicGates.learn(device, two, PAIRS, 0, 1, 1, 0));
  }

  /** Over 20 seeds the mean is 0.93 with a standard deviation of 0.026: four seeds lie below 0.88 once in ten thousand runs. */
  @Test
  void breastCancer() {
    double sum = 0;
    for (int seed = 0; seed < 4; seed++) {
      sum += BreastCancer.run(device, seed);
    }
    double mean = sum / 4;
    assertTrue(mean >= 0.88, () -> "mean test accuracy over four seeds: " + mean);
  }

  /** The optimum of logistic regression with ½·0.01·‖w‖², which is convex, by Newton's method in NumPy: loss and accuracy. */
  @Test
  void lbfgsTrainsBreastCancerInOneBatch() {
    Dataset all = BuiltinDatasets.breastCancer();
    Dataset data = all.map(Standardizer.fit(all)).asBinary();
    try (Layer model = new Linear(30, 1).initialize(device, DType.FLOAT64, 1)) {
      History history = LbfgsTrainer.of(model, new BinaryCrossEntropy()).penalty(Penalty.l2(0.01)).metric(new Accuracy())
          .epochs(20).fit(data);
      assertTrue(history.epochs().size() < 20, history::toString);
      assertEquals(0.0728332865, history.last().train().loss(), 1e-6);
      assertEquals(561 / 569.0, history.last().train().get("accuracy"), 1e-12);
    }
  }

  @Test
  void digits() {
    Split data = Splits.stratified(BuiltinDatasets.digits(), 0.2, 1);
    try (Layer model = Digits.network().initialize(device, 1);
        Trainer trainer = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, 2e-3)).epochs(4).batch(32).seed(1)
            .metric(new Accuracy()).build()) {
      trainer.fit(data.train());
      double accuracy = trainer.evaluate(data.test()).get("accuracy");
      assertTrue(accuracy >= 0.95, () -> "test accuracy after 4 of 20 epochs: " + accuracy);
    }
  }

  /** After 80 epochs it is 0.90 to 0.94, by seed. */
  @Test
  void fewDigitsChangedAndMixed() {
    double accuracy = FewDigits.accuracy(device, "rotate:15,scale:0.1,translate:0.1,shear:10", "mixup:0.4", 0, 40);
    assertTrue(accuracy >= 0.85, () -> "test accuracy after 40 of 80 epochs: " + accuracy);
  }

  @Test
  void networksForClothesGiveTenClasses() {
    for (String kind : new String[] {"mlp", "cnn"}) {
      try (Layer model = FashionMnist.network(kind).initialize(device, 1); Scope _ = device.scope()) {
        Tensor y = model.apply(device.zeros(2, 1, 28, 28));
        assertEquals(Shape.of(2, 10), y.shape(), kind);
      }
    }
    assertThrows(AthanorException.class, () -> FashionMnist.network("rnn"));
  }
}
