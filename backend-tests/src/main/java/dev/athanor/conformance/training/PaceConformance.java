package dev.athanor.conformance.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.Backend;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.nn.Weights;
import dev.athanor.optim.Lbfgs;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.OptimizerName;
import dev.athanor.optim.ParameterGroup;
import dev.athanor.optim.Penalty;
import dev.athanor.optim.ReduceOnPlateau;
import dev.athanor.optim.Schedule;
import dev.athanor.optim.WeightAverage;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.Averaging;
import dev.athanor.train.Callback;
import dev.athanor.train.Checkpoint;
import dev.athanor.train.History;
import dev.athanor.train.LbfgsTrainer;
import dev.athanor.train.RateFinder;
import dev.athanor.train.Trainer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * How training paces: schedules, several batches a step, averages of weights, penalties, the rate finder and L-BFGS; and every
 * optimizer stopped and resumed to the same bits. Extend it in a backend's tests.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class PaceConformance {
  private Device device;
  @TempDir Path folder;

  /** For subclasses. */
  protected PaceConformance() {}

  /** Opens the backend to test. */
  protected abstract Backend open();

  @BeforeAll
  void openDevice() {
    device = Device.of(open());
  }

  @AfterAll
  void closeDevice() {
    if (device != null) {
      device.close();
    }
  }

  private Layer plain() {
    return new Sequential(new Linear(4, 6), Activation.tanh(), new Linear(6, 3)).initialize(device, 1);
  }

  private static Trainer.Builder trainer(Layer model, Function<Layer, Optimizer> optimizer) {
    return Trainer.of(model, new CrossEntropy(), optimizer).epochs(2).batch(6).seed(3);
  }

  /** The numbers of the plain model after training. */
  private Map<String, List<Double>> trained(Function<Layer, Optimizer> optimizer, UnaryOperator<Trainer.Builder> more) {
    try (Layer model = plain(); Trainer t = more.apply(trainer(model, optimizer)).build()) {
      t.fit(Made.clouds(24));
      return Made.numbers(model);
    }
  }

  private static void near(Map<String, List<Double>> wanted, Map<String, List<Double>> found, double tolerance) {
    wanted.forEach((name, w) -> assertArrayEquals(w.stream().mapToDouble(v -> v).toArray(),
        found.get(name).stream().mapToDouble(v -> v).toArray(), tolerance, name));
  }

  // ---- batches

  @Test
  void severalBatchesAreOneLargeBatch() {
    Function<Layer, Optimizer> adam = m -> Optimizer.sgd(m, 0.5, 0.9, false);
    near(trained(adam, b -> b.batch(12)), trained(adam, b -> b.batch(4).accumulate(3)), 1e-5);
    near(trained(adam, b -> b.batch(10)), trained(adam, b -> b.batch(5).accumulate(2)), 1e-5); // the last step of an epoch: 4
    near(trained(adam, b -> b.batch(24)), trained(adam, Trainer.Builder::fullBatch), 0);
    near(trained(adam, b -> b.batch(24)), trained(adam, b -> b.singleExample().accumulate(24)), 1e-5);
  }

  @Test
  void penaltyIsDecayOfPlainGradientDescent() {
    Function<Layer, Optimizer> decaying = m -> new Optimizer(ParameterGroup.decayWeightsOnly(new OptimizerRule.Sgd()
        .withWeightDecay(
        0.1), m), 0.3);
    Function<Layer, Optimizer> plain = m -> Optimizer.sgd(m, 0.3);
    near(trained(decaying, b -> b), trained(plain, b -> b.penalty(Penalty.l2(0.1))), 1e-6);
    try (Layer model = plain(); Scope _ = device.scope()) {
      double l1 = 0;
      for (Tensor w : model.parameters().values()) {
        l1 += w.rank() < 2 ? 0 : Arrays.stream(w.toDoubles()).map(Math::abs).sum();
      }
      assertEquals(0.5 * l1, Penalty.l1(0.5).of(model).item(), 1e-5);
    }
  }

  @Test
  void linearScaling() {
    assertEquals(0.4, Optimizer.linearlyScaled(0.1, 256, 1024), 1e-15);
  }

  // ---- schedules

  private List<Double> rates(UnaryOperator<Trainer.Builder> more) {
    List<Double> rates = new ArrayList<>();
    trained(m -> Optimizer.sgd(m, 0.5), b -> more.apply(b).callback(new Callback() {
      @Override
      public void onStep(Run run) {
        rates.add(run.trainer().optimizer().learningRate());
      }
    }));
    return rates;
  }

  @Test
  void schedulesSetTheRateOfEachStepOrEpoch() {
    assertEquals(List.of(0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625),
        rates(b -> b.schedule(Schedule.exponential(0.5))));
    assertEquals(List.of(0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25), rates(b -> b.schedulePerEpoch(Schedule.step(1, 0.5))));
    assertEquals(List.of(0.5, 0.25, 0.125, 0.0625), rates(b -> b.accumulate(2).schedule(Schedule.exponential(0.5))));
    // never better by a half: reduced after each epoch but the first
    assertEquals(List.of(0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25), rates(b -> b.epochs(3).reduceOnPlateau(
        new ReduceOnPlateau("loss", 0.5, 0, 0.9, 0, 0))));
  }

  @Test
  void theRateOfAStepIsTheOneThatMovesTheParameters() {
    try (Layer model = plain()) {
      List<Map<String, List<Double>>> seen = new ArrayList<>();
      Trainer watched = trainer(model, m -> Optimizer.sgd(m, 0.5)).schedule(Schedule.constant(4, 0)).callback(new Callback() {
        @Override
        public void onStep(Run run) {
          seen.add(Made.numbers(model));
        }
      }).build();
      watched.fit(Made.clouds(24));
      watched.close();
      assertFalse(seen.get(2).equals(seen.get(3)));
      assertEquals(seen.get(3), seen.get(4)); // replayed steps see the new rate too
      assertEquals(seen.get(3), seen.get(7));
    }
  }

  // ---- averages

  @Test
  void exponentialAverage() {
    try (Layer model = plain(); WeightAverage average = WeightAverage.exponential(model, 0.75)) {
      Tensor w = model.parameters().get("0.bias");
      for (double v : new double[] {1, 3, 5}) {
        try (Scope _ = device.scope(); var _ = dev.athanor.autograd.Tape.noGrad()) {
          w.assign(device.full(DType.FLOAT32, w.shape(), v));
        }
        average.update();
      }
      assertEquals(0.75 * (0.75 * 1 + 0.25 * 3) + 0.25 * 5, average.tensors().get("0.bias").toDoubles()[0], 1e-6);
      average.swap();
      assertEquals(2.375, w.toDoubles()[0], 1e-6);
      average.swap();
      assertEquals(5, w.toDoubles()[0], 0);
    }
  }

  @Test
  void stochasticAverageIsTheMeanOfEpochsWithStatisticsOfItsOwn() {
    try (Layer model = new Sequential(new Linear(4, 6), new BatchNorm(6), Activation.relu(), new Linear(6, 3)).initialize(device,
        1)) {
      List<Map<String, List<Double>>> epochs = new ArrayList<>();
      try (Trainer t = trainer(model, m -> Optimizer.sgd(m, 0.5)).epochs(4).averaging(Averaging.stochastic(2))
          .callback(new Callback() {
        @Override
        public void onEpoch(Run run, History.Epoch epoch) {
          epochs.add(Made.numbers(model));
        }
      }).build()) {
        t.fit(Made.clouds(24));
      }
      double[] weight = model.parameters().get("0.weight").toDoubles();
      for (int i = 0; i < weight.length; i++) {
        double sum = 0;
        for (int e = 1; e < 4; e++) {
          sum += epochs.get(e).get("0.weight").get(i);
        }
        assertEquals(sum / 3, weight[i], 1e-6);
      }
      // the running mean of the normalization is the mean of the batches' means: that of all examples, for batches of one size
      try (Scope _ = device.scope()) {
        float[] x = new float[24 * 4];
        for (int i = 0; i < x.length; i++) {
          x[i] = (i % 4 == i / 4 % 3 ? 2 : 0) + Made.noise(i);
        }
        Tensor y = model.layers().get("0").apply(device.tensor(x).reshape(24, 4));
        assertArrayEquals(y.mean(0).toDoubles(), model.buffers().get("1.running_mean").toDoubles(), 1e-5);
      }
    }
  }

  @Test
  void averagingAndEarlyStoppingMustNotBothChooseTheWeights() {
    try (Layer model = plain()) {
      assertThrows(AthanorException.class, () -> trainer(model, m -> Optimizer.sgd(m, 0.5)).averaging(Averaging.stochastic(1))
          .validationSplit(0.25).earlyStopping(new dev.athanor.train.EarlyStopping(1)).build());
    }
  }

  // ---- stopped and resumed

  private Map<String, List<Double>> run(OptimizerName name, Path checkpoint, boolean resume, int stopAfter) {
    long seed = resume ? 99 : 1;
    try (Layer model = new Sequential(new Linear(4, 6), new Dropout(0.2), Activation.tanh(), new Linear(6, 3))
        .initialize(device, seed)) {
      Trainer.Builder b = trainer(model, m -> Optimizer.of(name, m)).accumulate(2)
          .schedule(Schedule.warmup(3, Schedule.cosine(5))).reduceOnPlateau(new ReduceOnPlateau(0.5, 0))
          .averaging(Averaging.exponential(0.5)).checkpoint(checkpoint).callback(new Callback() {
            @Override
            public void onStep(Run run) {
              if (run.step() == stopAfter) {
                run.trainer().stop();
              }
            }
          });
      if (resume) {
        b.resume(checkpoint);
      }
      try (Trainer t = b.build()) {
        t.fit(Made.clouds(36));
        assertEquals(stopAfter > 0, t.wasStopped());
      }
      return Made.numbers(model);
    }
  }

  @TestFactory
  Stream<DynamicTest> everyOptimizerResumesToTheSameBits() {
    return Arrays.stream(OptimizerName.values()).map(name -> DynamicTest.dynamicTest(name.label(), () -> {
      Path file = folder.resolve(name.label());
      Map<String, List<Double>> whole = run(name, file, false, -1);
      run(name, file, false, 4); // in the second epoch
      assertEquals(whole, run(name, file, true, -1));
    }));
  }

  @Test
  void resumingNeedsTheSameSchedule() {
    Path file = folder.resolve("schedule");
    run(OptimizerName.SGD, file, false, -1);
    try (Layer model = new Sequential(new Linear(4, 6), new Dropout(0.2), Activation.tanh(), new Linear(6, 3)).initialize(device,
        1);
        Trainer t = trainer(model, m -> Optimizer.of(OptimizerName.SGD, m)).accumulate(2).schedule(Schedule.cosine(9))
            .averaging(Averaging.exponential(0.5)).resume(file).build()) {
      String message = assertThrows(AthanorException.class, () -> t.fit(Made.clouds(36))).getMessage();
      assertTrue(message.contains("another schedule") && message.contains("Cosine"), message);
    }
    try (Layer model = new Sequential(new Linear(4, 6), new Dropout(0.2), Activation.tanh(), new Linear(6, 3)).initialize(device,
        1)) {
      Checkpoint.loadModel(model, file); // the averages
    }
  }

  // ---- the rate finder

  @Test
  void rateFinderLeavesTheModelAsItWas() {
    try (Layer model = new Sequential(new Linear(4, 6), new BatchNorm(6), new Dropout(0.2), Activation.relu(), new Linear(6, 3))
        .initialize(device, 1)) {
      Map<String, List<Double>> before = Made.numbers(model);
      var states = model.generators().values().stream().map(dev.athanor.tensor.Generator::state).toList();
      RateFinder.Result r = RateFinder.find(model, new CrossEntropy(), m -> Optimizer.sgd(m, 1), Made.clouds(24), 8, 1e-3, 1e3,
          25);
      assertEquals(before, Made.numbers(model));
      assertEquals(states, model.generators().values().stream().map(dev.athanor.tensor.Generator::state).toList());
      assertTrue(r.rates().size() <= 25 && r.rates().getFirst() == 1e-3);
      assertEquals(Math.pow(1e6, 1.0 / 24), r.rates().get(1) / r.rates().get(0), 1e-9);
      assertTrue(r.suggestion() > 1e-3 && r.suggestion() < 1e3);
      assertEquals(r.rates().size() + 1, r.toCsv().lines().count());
    }
  }

  // ---- L-BFGS

  /** Rosenbrock's valley, (1 − x)² + 100(y − x²)², smallest at (1, 1); from (−1.2, 1), as in Nocedal and Wright, exercise 3.1. */
  @Test
  void lbfgsFindsTheBottomOfRosenbrocksValley() {
    try (Scope _ = device.scope()) {
      Tensor p = device.tensor(new double[] {-1.2, 1}).copy().requiresGrad(true);
      try (var optimizer = new Lbfgs(Map.of("p", p), new Lbfgs.Settings(1, 100, 10, 1e-9, 1e-14))) {
        double before = optimizer.step(() -> {
          Tensor x = p.slice(0, 0, 1);
          Tensor y = p.slice(0, 1, 2);
          return x.neg().add(1).square().add(y.sub(x.square()).square().mul(100)).sum();
        });
        assertEquals(24.2, before, 1e-9);
        assertArrayEquals(new double[] {1, 1}, p.toDoubles(), 1e-6);
        assertTrue(optimizer.evaluations() < 80, "evaluations: " + optimizer.evaluations());
      }
    }
  }

  /** A convex bowl ½xᵀdiag(1…n)x − bᵀx: its bottom is bᵢ/i. */
  @Test
  void lbfgsFindsTheBottomOfABowl() {
    try (Scope _ = device.scope()) {
      int n = 12;
      double[] diagonal = new double[n];
      double[] b = new double[n];
      Arrays.setAll(diagonal, i -> i + 1);
      Arrays.setAll(b, Made::noise);
      Tensor p = device.zeros(DType.FLOAT64, dev.athanor.tensor.Shape.of(n)).copy().requiresGrad(true);
      Tensor d = device.tensor(diagonal);
      Tensor right = device.tensor(b);
      try (var optimizer = new Lbfgs(Map.of("p", p), new Lbfgs.Settings(1, 60, 5, 1e-10, 1e-16))) {
        optimizer.step(() -> p.square().mul(d).mul(0.5).sub(p.mul(right)).sum());
      }
      double[] found = p.toDoubles();
      for (int i = 0; i < n; i++) {
        assertEquals(b[i] / diagonal[i], found[i], 1e-7);
      }
    }
  }

  @Test
  void lbfgsTrainerFitsTheWholeData() {
    try (Layer model = new Sequential(new Linear(6), Activation.tanh(), new Linear(3)).initialize(device, 1)) {
      History history = LbfgsTrainer.of(model, new CrossEntropy()).penalty(Penalty.l2(1e-3)).metric(new Accuracy())
          .validation(Made.clouds(30)).epochs(30).fit(Made.clouds(24));
      assertTrue(history.epochs().size() < 30, "it ends when nothing changes: " + history);
      assertEquals(1, history.last().train().get("accuracy"));
      assertEquals(1, history.last().validation().orElseThrow().get("accuracy"));
      assertTrue(model.isTraining());
    }
    try (Layer model = new Sequential(new Linear(4, 6), new Dropout(0.2), new Linear(6, 3)).initialize(device, 1)) {
      String message = assertThrows(AthanorException.class, () -> LbfgsTrainer.of(model, new CrossEntropy())
          .fit(Made.clouds(24))).getMessage();
      assertTrue(message.contains("[1]") && message.contains("random numbers"), message);
    }
  }

  @Test
  void lbfgsTrainsANetwork() {
    try (Layer model = plain(); Scope _ = device.scope(); var optimizer = new Lbfgs(model)) {
      float[] x = new float[24 * 4];
      long[] labels = new long[24];
      for (int i = 0; i < x.length; i++) {
        labels[i / 4] = i / 4 % 3;
        x[i] = (i % 4 == i / 4 % 3 ? 2 : 0) + Made.noise(i);
      }
      Tensor features = device.tensor(x).reshape(24, 4);
      Tensor target = device.tensor(labels);
      double first = optimizer.step(() -> new CrossEntropy().of(model.apply(features), target));
      double later = optimizer.step(() -> new CrossEntropy().of(model.apply(features), target));
      assertTrue(later < 0.1 * first, first + " " + later);
      assertTrue(Weights.all(model).values().stream().allMatch(t -> Arrays.stream(t.toDoubles()).allMatch(Double::isFinite)));
    }
  }
}
