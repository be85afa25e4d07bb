package dev.athanor.conformance.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.Backend;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.optim.Clipping;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.OptimizerName;
import dev.athanor.optim.ParameterGroup;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Optimizers as users hold them: values over twelve steps against PyTorch 1.13 (the numbers of {@code golden/optimizers.py}),
 * groups, clipping, and gradients of 0, without end, and without number. Extend it in a backend's tests.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class OptimizerConformance {
  private static final int STEPS = 12;

  private final Golden golden = Golden.load("optimizers.safetensors");
  private Device device;

  /** For subclasses. */
  protected OptimizerConformance() {}

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

  private Map<String, Tensor> start(DType dtype) {
    var parameters = new LinkedHashMap<String, Tensor>();
    for (int i = 0; i < 2; i++) {
      parameters.put("p" + i, golden.get(device, dtype, "start." + i).copy().requiresGrad(true));
    }
    return parameters;
  }

  private void giveGradients(Map<String, Tensor> parameters, DType dtype, int t) {
    for (int i = 0; i < 2; i++) {
      give(parameters.get("p" + i), golden.get(device, dtype, "gradient." + t + "." + i));
    }
  }

  /** Makes g the gradient of p. */
  private static void give(Tensor p, Tensor g) {
    p.mul(g).sum().backward();
  }

  /** float32 may be off by so many rounding errors of the largest value; centred RMSprop takes differences of near equals. */
  private void near(String name, Tensor actual, double scale) {
    double[] wanted = golden.numbers(name);
    double[] found = actual.toDoubles();
    double size = Math.max(1, Arrays.stream(wanted).map(Math::abs).max().orElse(0));
    double tolerance = scale * size * (actual.dtype() == DType.FLOAT64 ? 1e-12 : 4e-6);
    assertArrayEquals(wanted, found, tolerance, name + " " + actual.dtype());
  }

  private static Map<String, OptimizerRule> rules() {
    var rules = new LinkedHashMap<String, OptimizerRule>();
    rules.put("adagrad", new OptimizerRule.AdaGrad());
    rules.put("adagrad_decay", new OptimizerRule.AdaGrad(0.2, 1e-3, false, 0.1));
    rules.put("rmsprop", new OptimizerRule.RmsProp());
    rules.put("rmsprop_momentum", new OptimizerRule.RmsProp(0.9, 0.8, false, 1e-4, false, 0.1));
    rules.put("rmsprop_centered", new OptimizerRule.RmsProp(0.9, 0, true, 1e-8, false, 0));
    rules.put("rmsprop_centered_momentum", new OptimizerRule.RmsProp(0.9, 0.5, true, 1e-8, false, 0));
    rules.put("adadelta", new OptimizerRule.AdaDelta());
    rules.put("adadelta_decay", new OptimizerRule.AdaDelta(0.95, 1e-3, true, 0.1));
    rules.put("adam", new OptimizerRule.Adam(0.8, 0.99, 1e-8, 0.2, false, false, false));
    rules.put("amsgrad", new OptimizerRule.Adam(0.8, 0.9, 1e-8, 0, false, true, false));
    rules.put("adamw", new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0.2, true, false, false));
    rules.put("adamax", new OptimizerRule.Adamax());
    rules.put("adamax_decay", new OptimizerRule.Adamax(0.8, 0.9, 1e-3, true, 0.1));
    rules.put("nadam", new OptimizerRule.NAdam());
    rules.put("nadam_decay", new OptimizerRule.NAdam(0.8, 0.9, 1e-8, 0.1, 0.1, false, false));
    rules.put("radam", new OptimizerRule.RAdam());
    rules.put("radam_decay", new OptimizerRule.RAdam(0.8, 0.99, 1e-3, 0.1, false, false));
    return rules;
  }

  private static double rate(String name) {
    return name.startsWith("rmsprop") ? 0.01 : name.equals("adadelta") ? 1 : name.equals("adadelta_decay") ? 0.5 : 0.1;
  }

  @TestFactory
  Stream<DynamicTest> asPyTorch() {
    return rules().entrySet().stream().flatMap(r -> Stream.of(DType.FLOAT64, DType.FLOAT32).map(dtype ->
        DynamicTest.dynamicTest(r.getKey() + " " + dtype, () -> {
          try (Scope _ = device.scope()) {
            Map<String, Tensor> parameters = start(dtype);
            try (var optimizer = new Optimizer(r.getValue(), rate(r.getKey()), parameters)) {
              compare(r.getKey(), parameters, optimizer, dtype);
            }
          }
        })));
  }

  private void compare(String name, Map<String, Tensor> parameters, Optimizer optimizer, DType dtype) {
    for (int t = 0; t < STEPS; t++) {
      if (t == 3) {
        optimizer.learningRate(optimizer.learningRate() / 2);
      }
      giveGradients(parameters, dtype, t);
      optimizer.step();
      optimizer.zeroGrad();
      for (int i = 0; i < 2; i++) {
        String shown = "optimizer." + name + "." + t + "." + i;
        if (golden.has(shown)) {
          near(shown, parameters.get("p" + i), name.contains("centered") ? 20 : 1);
        }
      }
    }
  }

  @Test
  void groupsHaveDecayAndRateOfTheirOwn() {
    try (Scope _ = device.scope()) {
      Map<String, Tensor> parameters = start(DType.FLOAT64);
      List<ParameterGroup> groups = new ParameterGroup(new OptimizerRule.Adam().withWeightDecay(0.1), parameters)
          .split((name, _) -> name.equals("p0"), new OptimizerRule.Adam(), 0.5);
      try (var optimizer = new Optimizer(groups, 0.1)) {
        compare("groups", parameters, optimizer, DType.FLOAT64);
      }
    }
  }

  @Test
  void groupsMustNotOverlap() {
    try (Scope _ = device.scope()) {
      Map<String, Tensor> parameters = start(DType.FLOAT32);
      var group = new ParameterGroup(new OptimizerRule.Sgd(), parameters);
      assertTrue(assertThrows(AthanorException.class, () -> new Optimizer(List.of(group, group), 1)).getMessage().contains("p0"));
    }
  }

  @TestFactory
  Stream<DynamicTest> clipping() {
    return Stream.of(Clipping.value(0.5), Clipping.norm(1.5)).flatMap(c -> Stream.of(DType.FLOAT64, DType.FLOAT32).map(dtype ->
        DynamicTest.dynamicTest(c + " " + dtype, () -> {
          try (Scope _ = device.scope()) {
            Map<String, Tensor> parameters = start(dtype);
            try (var optimizer = new Optimizer(new OptimizerRule.Sgd(), 1, parameters)) {
              giveGradients(parameters, dtype, 0);
              optimizer.clipGradients(c);
              for (int i = 0; i < 2; i++) {
                near("clip." + c.kind().name().toLowerCase(java.util.Locale.ROOT) + "." + i, parameters.get("p" + i).grad(), 1);
              }
            }
          }
        })));
  }

  @Test
  void rescalingGivesTheNormAskedFor() {
    try (Scope _ = device.scope()) {
      Map<String, Tensor> parameters = start(DType.FLOAT64);
      try (var optimizer = new Optimizer(new OptimizerRule.Sgd(), 1, parameters)) {
        giveGradients(parameters, DType.FLOAT64, 0);
        double before = optimizer.clipGradients(Clipping.rescale(7)).item();
        assertEquals(7 * before / (before + 1e-6), optimizer.clipGradients(Clipping.globalNorm(1e9)).item(), 1e-12);
        double[] g = golden.numbers("gradient.0.1");
        double[] scaled = parameters.get("p1").grad().toDoubles();
        assertEquals(g[0] * 7 / (before + 1e-6), scaled[0], 1e-12);
      }
    }
  }

  // ---- every rule

  private static final List<Shape> SHAPES = List.of(Shape.of(9, 17), Shape.of(3, 2, 2, 2), Shape.of(40), Shape.of(1));

  private Map<String, Tensor> made(DType dtype, OptimizerRule rule) {
    var parameters = new LinkedHashMap<String, Tensor>();
    for (int k = 0; k < SHAPES.size(); k++) {
      int seed = 1000 * k;
      Shape shape = SHAPES.get(k);
      double[] values = new double[(int) shape.size()];
      Arrays.setAll(values, i -> Made.noise(seed + i));
      parameters.put("p" + k, device.tensor(values).cast(dtype).reshape(shape).copy().requiresGrad(true));
    }
    return parameters;
  }

  private Tensor gradient(Tensor p, int seed) {
    double[] values = new double[(int) p.size()];
    Arrays.setAll(values, i -> Made.noise(7919 * seed + i));
    return device.tensor(values).cast(p.dtype()).reshape(p.shape());
  }

  private Stream<DynamicTest> eachRule(java.util.function.Consumer<OptimizerName> test) {
    return Arrays.stream(OptimizerName.values()).map(name -> DynamicTest.dynamicTest(name.label(), () -> {
      try (Scope _ = device.scope()) {
        test.accept(name);
      }
    }));
  }

  @TestFactory
  Stream<DynamicTest> allAtOnceIsOneByOne() {
    return eachRule(name -> {
      Map<String, Tensor> together = made(DType.FLOAT32, name.rule());
      Map<String, Tensor> alone = made(DType.FLOAT32, name.rule());
      try (var optimizer = new Optimizer(name.rule(), 0.01, together)) {
        for (int t = 0; t < 3; t++) {
          int step = t;
          together.forEach((_, p) -> give(p, gradient(p, step)));
          optimizer.step();
          optimizer.zeroGrad();
        }
      }
      alone.forEach((key, p) -> {
        try (var optimizer = new Optimizer(name.rule(), 0.01, Map.of(key, p))) {
          for (int t = 0; t < 3; t++) {
            give(p, gradient(p, t));
            optimizer.step();
            optimizer.zeroGrad();
          }
        }
        assertArrayEquals(p.toDoubles(), together.get(key).toDoubles(), 0, key);
      });
    });
  }

  @TestFactory
  Stream<DynamicTest> zeroGradientsMoveNothing() {
    return eachRule(name -> {
      Map<String, Tensor> parameters = made(DType.FLOAT32, name.rule());
      Map<String, double[]> before = new LinkedHashMap<>();
      parameters.forEach((key, p) -> before.put(key, p.toDoubles()));
      try (var optimizer = new Optimizer(name.rule().withWeightDecay(0), 0.1, parameters)) {
        for (int t = 0; t < 2; t++) {
          parameters.values().forEach(p -> give(p, device.zeros(p.dtype(), p.shape())));
          optimizer.step();
          optimizer.zeroGrad();
        }
      }
      parameters.forEach((key, p) -> assertArrayEquals(before.get(key), p.toDoubles(), 0, key));
    });
  }

  /** 10³⁰, whose square is no float32, and NaN: the first leaves numbers behind, the second is not hidden. */
  @TestFactory
  Stream<DynamicTest> gradientsOutOfBounds() {
    return eachRule(name -> {
      boolean difference = name == OptimizerName.RMSPROP_CENTERED; // of two infinities
      for (double bad : new double[] {1e30, Double.NaN}) {
        Map<String, Tensor> parameters = made(DType.FLOAT32, name.rule());
        Tensor p = parameters.get("p0");
        try (var optimizer = new Optimizer(name.rule(), 0.01, parameters)) {
          parameters.values().forEach(each -> {
            double[] g = gradient(each, 1).toDoubles();
            g[0] = each == p ? bad : g[0];
            give(each, device.tensor(g).cast(DType.FLOAT32).reshape(each.shape()));
          });
          optimizer.step();
          optimizer.zeroGrad();
        }
        double[] after = p.toDoubles();
        boolean whole = name == OptimizerName.LAMB || name == OptimizerName.MUON; // which look at a whole parameter
        if (Double.isNaN(bad)) {
          assertTrue(Double.isNaN(after[0]), "NaN was hidden");
          assertEquals(!whole, Double.isFinite(after[1]), "the other elements");
        } else if (!difference) {
          assertTrue(Arrays.stream(after).allMatch(Double::isFinite), () -> Arrays.toString(after));
        }
        for (int k = 1; k < SHAPES.size(); k++) {
          assertTrue(Arrays.stream(parameters.get("p" + k).toDoubles()).allMatch(Double::isFinite), "another parameter");
        }
      }
    });
  }

  /** A convex bowl of condition 10 with its bottom elsewhere: every rule comes nearer. */
  @TestFactory
  Stream<DynamicTest> everyRuleDescends() {
    return eachRule(name -> {
      Map<String, Tensor> parameters = made(DType.FLOAT32, name.rule());
      double[] losses = new double[31];
      try (var optimizer = new Optimizer(name.rule(), name == OptimizerName.ADADELTA ? 10 : 0.02, parameters)) {
        for (int t = 0; t < losses.length; t++) {
          double sum = 0;
          for (Tensor p : parameters.values()) {
            Tensor away = p.sub(1.5);
            Tensor loss = away.square().sum().mul(0.5);
            loss.backward();
            sum += loss.item();
          }
          losses[t] = sum;
          optimizer.step();
          optimizer.zeroGrad();
        }
      }
      assertTrue(losses[30] < 0.98 * losses[0], () -> Arrays.toString(losses));
    });
  }

  @Test
  void muonRefusesWhatIsNoMatrix() {
    try (Scope _ = device.scope()) {
      Map<String, Tensor> parameters = made(DType.FLOAT32, null);
      String message = assertThrows(AthanorException.class,
          () -> new Optimizer(List.of(new ParameterGroup(new OptimizerRule.Muon(),
          parameters)), 1)).getMessage();
      assertTrue(message.contains("p2") && message.contains("Muon"), message);
    }
  }

  @Test
  void unknownNamesAreAnsweredWithTheKnown() {
    String message = assertThrows(AthanorException.class, () -> OptimizerName.of("adamant")).getMessage();
    assertTrue(message.contains("adamant") && message.contains("adamw, adamax") && message.contains("muon"), message);
  }
}
