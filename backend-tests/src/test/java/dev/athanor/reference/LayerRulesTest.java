package dev.athanor.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.loss.Reduction;
import dev.athanor.metric.Accuracy;
import dev.athanor.metric.MeanAbsoluteError;
import dev.athanor.nn.Activation;
import dev.athanor.nn.AvgPool2d;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Initializer;
import dev.athanor.nn.Layer;
import dev.athanor.nn.LayerNorm;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Residual;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** First values of parameters, drop-out, what layers, losses, metrics and optimizers refuse, and how they are written. */
class LayerRulesTest {
  private Device device;
  private Scope scope;

  @BeforeEach
  void open() {
    device = Device.open("reference");
    scope = device.scope();
  }

  @AfterEach
  void close() {
    scope.close();
    device.close();
  }

  private static void fails(Executable call, String... parts) {
    AthanorException e = assertThrows(AthanorException.class, call);
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), () -> "the message should say '" + part + "': " + e.getMessage());
    }
  }

  /**
   * 30,000 samples: the mean is known to 1/173 of the deviation, the variance to 1 % (normal) or less: five times that is
   * allowed.
   */
  private void checkInitializer(Initializer init, double variance, double bound) {
    Tensor t = init.sample(device.generator(3), DType.FLOAT64, Shape.of(100, 300), 50, 150);
    double[] x = t.toDoubles();
    double mean = Arrays.stream(x).average().orElseThrow();
    double found = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
    assertEquals(0, mean, 5 * Math.sqrt(variance / x.length));
    assertEquals(variance, found, 0.05 * variance);
    double largest = Arrays.stream(x).map(Math::abs).max().orElseThrow();
    assertTrue(largest <= bound && largest > 0.99 * Math.min(bound, 3.5 * Math.sqrt(variance)), () -> "largest " + largest);
  }

  @Test
  void initializersHaveTheirVariances() {
    double anything = Double.POSITIVE_INFINITY;
    checkInitializer(Initializer.heNormal(), 2.0 / 50, anything);
    checkInitializer(Initializer.heUniform(), 2.0 / 50, Math.sqrt(6.0 / 50));
    checkInitializer(Initializer.glorotNormal(), 2.0 / 200, anything);
    checkInitializer(Initializer.glorotUniform(), 2.0 / 200, Math.sqrt(6.0 / 200));
    checkInitializer(Initializer.fanInUniform(), 1.0 / 50 / 3, 1 / Math.sqrt(50));
    checkInitializer(Initializer.normal(0, 0.3), 0.09, anything);
    checkInitializer(Initializer.uniform(-0.6, 0.6), 0.12, 0.6);
    Tensor constant = Initializer.constant(0.25).sample(device.generator(1), DType.FLOAT32, Shape.of(3), 1, 1);
    assertArrayEquals(new float[] {0.25f, 0.25f, 0.25f}, constant.toFloats());
    fails(() -> Initializer.normal(0, -1), "standard deviation");
    fails(() -> Initializer.uniform(1, 0), "lower bound");
  }

  /** As PyTorch counts them: for a weight [out, in/groups, h, w], in/groups·h·w and out/groups·h·w. */
  @Test
  void layersCountTheirFans() {
    List<String> seen = new ArrayList<>();
    Initializer spy = (g, dtype, shape, in, out) -> {
      seen.add(shape + " " + in + " " + out);
      return g.device().zeros(dtype, shape);
    };
    new Linear(30, 20).init(spy, spy).initialize(device, 1);
    new Conv2d(8, 12, 3, 5).groups(4).init(spy, spy).initialize(device, 1);
    assertEquals(List.of("[20, 30] 30 20", "[20] 30 20", "[12, 2, 3, 5] 30 45", "[12] 30 45"), seen);
  }

  @Test
  void aSeedGivesTheSameParametersAndEachLayerItsOwn() {
    float[][] first = new float[2][];
    for (int i = 0; i < 2; i++) {
      Layer model = new Sequential(new Linear(4, 4), new Linear(4, 4)).initialize(device, 9);
      first[i] = model.parameters().get("0.weight").toFloats();
      assertNotEquals(Arrays.toString(first[i]), Arrays.toString(model.parameters().get("1.weight").toFloats()));
      assertEquals(40, model.parameterCount());
    }
    assertArrayEquals(first[0], first[1]);
    Layer other = new Linear(4, 4).initialize(device, 10);
    assertNotEquals(Arrays.toString(first[0]), Arrays.toString(other.parameters().get("weight").toFloats()));
  }

  @Test
  void dropoutDropsItsShareAndScalesTheRest() {
    Layer dropout = new Dropout(0.3).initialize(device, 4);
    Tensor x = device.ones(100, 200).requiresGrad(true);
    Tensor y = dropout.apply(x);
    float[] values = y.toFloats();
    int zeros = 0;
    for (float v : values) {
      assertTrue(v == 0 || Math.abs(v - 1 / 0.7f) < 1e-6);
      zeros += v == 0 ? 1 : 0;
    }
    assertEquals(0.3, zeros / 20000.0, 5 * Math.sqrt(0.21 / 20000));
    y.sum().backward();
    assertArrayEquals(values, x.grad().toFloats(), "the gradient passes where the value did");
    assertNotEquals(Arrays.toString(values), Arrays.toString(dropout.apply(x).toFloats()), "another mask each time");
    assertSame(x, dropout.training(false).apply(x));
    fails(() -> new Dropout(1), "[0, 1)");
    fails(() -> new Dropout(-0.1), "[0, 1)");
  }

  @Test
  void whatLayersRefuse() {
    fails(() -> new Linear(3, 2).apply(device.zeros(1, 3)), "initialize(device, seed)");
    Layer linear = new Linear(3, 2).initialize(device, 1);
    fails(() -> linear.initialize(device, 1), "already");
    fails(() -> linear.apply(device.zeros(1, 4)), "linear", "[1, 4]", "[2, 3]");
    fails(() -> linear.apply(device.zeros(DType.FLOAT64, Shape.of(1, 3))), "types differ");
    fails(() -> new Linear(0, 2), "positive");
    fails(() -> new Linear(2).initialize(device, DType.INT32, 1), "float32 or float64");
    fails(() -> new Conv2d(3, 4, 3).groups(2).initialize(device, 1), "3 input", "2 groups");
    fails(() -> new Conv2d(3, 4, 3).stride(0).initialize(device, 1), "stride");
    Layer conv = new Conv2d(3, 4, 3).initialize(device, 1);
    fails(() -> conv.apply(device.zeros(1, 2, 8, 8)), "2 channels", "takes 3");
    fails(() -> conv.apply(device.zeros(1, 3, 2, 8)), "larger than the padded input");
    fails(() -> conv.apply(device.zeros(3, 8, 8)), "4 axes");
    fails(() -> new MaxPool2d(2).padding(2).initialize(device, 1).apply(device.zeros(1, 1, 4, 4)), "padding");
    fails(() -> new AvgPool2d(0), "positive");
    Layer norm = new BatchNorm(3).initialize(device, 1);
    fails(() -> norm.apply(device.zeros(1, 3)), "more than one value per channel");
    assertEquals(Shape.of(1, 3), norm.training(false).apply(device.zeros(1, 3)).shape());
    fails(() -> norm.apply(device.zeros(4, 2)), "2 channels");
    fails(() -> new BatchNorm(1).momentum(2), "[0, 1]");
    fails(() -> new LayerNorm(3).initialize(device, 1).apply(device.zeros(2, 4)), "must end in [3]");
    fails(() -> new LayerNorm(), "at least one axis");
    fails(() -> new Residual(new Linear(3, 2)).initialize(device, 1).apply(device.zeros(1, 3)), "[1, 2]", "[1, 3]", "shortcut");
    Activation twice = Activation.relu();
    fails(() -> new Sequential(twice, twice).initialize(device, 1), "one place");
    linear.close();
    fails(() -> linear.apply(device.zeros(1, 3)), "closed");
  }

  @Test
  void whatLossesMetricsAndOptimizersRefuse() {
    Tensor y = device.zeros(4, 1);
    fails(() -> new MeanSquaredError().of(y, device.zeros(4)), "MeanSquaredError", "[4, 1]", "[4]");
    fails(() -> new BinaryCrossEntropy().of(y, device.zeros(DType.FLOAT64, Shape.of(4, 1))), "types differ");
    fails(() -> new Accuracy().of(y, device.zeros(4)), "Accuracy", "[4, 1]");
    fails(() -> new Accuracy().of(device.zeros(3, 2), device.zeros(DType.INT64, Shape.of(4))), "Accuracy", "[3]");
    fails(() -> new MeanAbsoluteError().of(y, device.zeros(4)), "MeanAbsoluteError");
    assertEquals(Shape.of(4, 1), new MeanSquaredError(Reduction.NONE).of(y, device.ones(4, 1)).shape());
    fails(() -> Optimizer.sgd(new Linear(3).initialize(device, 1), 0.1), "waits for its first input");
    fails(() -> Optimizer.sgd(new Flatten().initialize(device, 1), 0.1), "no parameters");
    fails(() -> Optimizer.sgd(new Linear(2, 2), 0.1), "initialize");
    Layer linear = new Linear(2, 2).initialize(device, 1);
    fails(() -> Optimizer.sgd(linear, -1), "learning rate");
    fails(() -> Optimizer.sgd(linear, Double.NaN), "learning rate");
    try (Optimizer sgd = Optimizer.sgd(linear, 0.1)) {
      fails(() -> sgd.clipGradients(0), "positive");
      fails(() -> sgd.learningRate(Double.POSITIVE_INFINITY), "learning rate");
      fails(() -> sgd.steps(-1), "steps");
    }
  }

  @Test
  void accuracyOfYesAndNoAndOfClasses() {
    Tensor logits = device.tensor(new float[] {2, -1, 0.5f, -3}, 4, 1);
    Tensor target = device.tensor(new float[] {1, 0, 0, 1}, 4, 1);
    assertEquals(0.5, new Accuracy().of(logits, target).item());
    Tensor scores = device.tensor(new float[] {1, 2, 3, 9, 8, 7, 1, 5, 1}, 3, 3);
    assertEquals(2.0 / 3, new Accuracy().of(scores, device.tensor(new long[] {2, 0, 2})).item(), 1e-12);
    assertEquals(1, new Accuracy().of(scores, device.tensor(new int[] {2, 0, 1})).item());
    assertEquals(1.625, new MeanAbsoluteError().of(logits, device.zeros(4, 1)).item(), 1e-6);
  }

  /** A parameter that no gradient reached stays as it is, and so does its state. */
  @Test
  void optimizerLeavesParametersWithoutGradientAlone() {
    Layer used = new Linear(2, 2).bias(false).initialize(device, 1);
    Layer unused = new Linear(2, 2).bias(false).initialize(device, 2);
    var parameters = new java.util.LinkedHashMap<String, Tensor>();
    parameters.put("unused", unused.parameters().get("weight"));
    parameters.put("used", used.parameters().get("weight"));
    float[] before = parameters.get("unused").toFloats();
    float[] moved = parameters.get("used").toFloats();
    try (Optimizer adam = new Optimizer(new dev.athanor.backend.OptimizerRule.Adam(0.9, 0.999, 1e-8, 0, false, false, false), 0.1,
        parameters)) {
      used.apply(device.ones(1, 2)).sum().backward();
      adam.step();
      assertArrayEquals(before, parameters.get("unused").toFloats());
      assertEquals(0, adam.state().get("unused.exp_avg_sq").abs().sum().item());
      float[] after = parameters.get("used").toFloats();
      for (int i = 0; i < 4; i++) {
        assertEquals(moved[i] - 0.1f, after[i], 1e-6f, "Adam's first step is the learning rate");
      }
      adam.zeroGrad();
      assertNull(parameters.get("used").grad());
      assertEquals(List.of("unused.exp_avg", "unused.exp_avg_sq", "used.exp_avg", "used.exp_avg_sq"),
          List.copyOf(adam.state().keySet()));
    }
  }

  @Test
  void toStringReadsLikeTheConstructor() {
    Layer model = new Sequential(new Conv2d(0, 8, 3).padding(1), new BatchNorm(0), Activation.relu(), new MaxPool2d(2),
        new Flatten(),
        new Dropout(0.5), new Linear(10).bias(false));
    assertEquals("""
        Sequential(
          (0): Conv2d(?, 8, kernel=3, padding=1)
          (1): BatchNorm(?)
          (2): relu()
          (3): MaxPool2d(2)
          (4): Flatten()
          (5): Dropout(0.5)
          (6): Linear(?, 10, bias=false)
        )""", model.toString());
    model.initialize(device, 1);
    assertFalse(model.isBuilt());
    assertEquals(Shape.of(2, 10), model.apply(device.ones(2, 3, 4, 4)).shape());
    assertTrue(model.isBuilt());
    assertTrue(model.toString().contains("Linear(32, 10, bias=false)"), model::toString);
    assertEquals(List.of("0.weight", "0.bias", "1.weight", "1.bias", "6.weight"), List.copyOf(model.parameters().keySet()));
    assertEquals(List.of("1.running_mean", "1.running_var", "1.num_batches_tracked"), List.copyOf(model.buffers().keySet()));
  }
}
