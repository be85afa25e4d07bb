package dev.athanor.conformance.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.autograd.Tape;
import dev.athanor.backend.Backend;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.loss.Loss;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.loss.Reduction;
import dev.athanor.models.Autoencoder;
import dev.athanor.models.ConvNets;
import dev.athanor.models.MobileNet;
import dev.athanor.models.Perceptrons;
import dev.athanor.nn.Activation;
import dev.athanor.nn.AvgPool2d;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.LayerNorm;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Residual;
import dev.athanor.nn.Sequential;
import dev.athanor.nn.Weights;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.Checkpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Layers, losses, optimizers and a short run against PyTorch's numbers, see {@link Golden}, in float64 and float32: outputs,
 * gradients, running statistics, and the names of parameters. Extend it in a backend's tests.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class LayerConformance {
  private static final DType[] TYPES = {DType.FLOAT64, DType.FLOAT32};

  private final Golden golden = Golden.load();
  private final Map<String, Supplier<Layer>> layers = new LinkedHashMap<>();
  private Device device;

  /** For subclasses. */
  protected LayerConformance() {
    layers.put("linear", () -> new Linear(5, 3));
    layers.put("linear_no_bias", () -> new Linear(5, 3).bias(false));
    layers.put("linear_rank3", () -> new Linear(2));
    layers.put("conv", () -> new Conv2d(2, 3, 3));
    layers.put("conv_stride_padding", () -> new Conv2d(2, 3, 3).stride(2).padding(1));
    layers.put("conv_dilation", () -> new Conv2d(2, 3, 3).dilation(2).padding(2));
    layers.put("conv_groups", () -> new Conv2d(4, 6, 3).groups(2).padding(1).bias(false));
    layers.put("conv_depthwise", () -> new Conv2d(0, 6, 3).groups(3));
    layers.put("conv_rectangular", () -> new Conv2d(2, 3, 1, 3));
    layers.put("max_pool", () -> new MaxPool2d(2));
    layers.put("max_pool_padding", () -> new MaxPool2d(3).stride(2).padding(1));
    layers.put("avg_pool", () -> new AvgPool2d(2));
    layers.put("avg_pool_padding", () -> new AvgPool2d(3).stride(2).padding(1));
    layers.put("avg_pool_no_padding", () -> new AvgPool2d(3).stride(2).padding(1).countPadding(false));
    layers.put("batch_norm", () -> new BatchNorm(3));
    layers.put("batch_norm_2d", () -> new BatchNorm(0).momentum(0.3).epsilon(1e-3));
    layers.put("batch_norm_not_affine", () -> new BatchNorm(2).affine(false));
    layers.put("layer_norm", () -> new LayerNorm(5));
    layers.put("layer_norm_two_axes", () -> new LayerNorm(3, 4).epsilon(1e-3));
    layers.put("layer_norm_not_affine", () -> new LayerNorm(6).affine(false));
    layers.put("relu", Activation::relu);
    layers.put("tanh", Activation::tanh);
    layers.put("sigmoid", Activation::sigmoid);
    layers.put("gelu", Activation::gelu);
    layers.put("softmax", () -> Activation.softmax(1));
    layers.put("log_softmax", () -> Activation.logSoftmax(-1));
    layers.put("flatten", Flatten::new);
    layers.put("residual", () -> new Residual(new Sequential(new Linear(4, 6), Activation.tanh(), new Linear(6, 4))));
    layers.put("residual_shortcut", () -> new Residual(new Conv2d(2, 3, 3).padding(1), new Conv2d(2, 3, 1)));
    layers.put("mlp", () -> new Sequential(new Linear(6, 8), Activation.relu(), new Linear(8), Activation.gelu(),
        new Linear(8, 3)));
    layers.put("cnn", LayerConformance::cnn);
    layers.putAll(LayerCases.all());
  }

  private static Layer cnn() {
    return new Sequential(new Conv2d(1, 4, 3).padding(1), new BatchNorm(4), Activation.relu(), new MaxPool2d(2),
        new Conv2d(4, 6, 3).padding(1), Activation.relu(), new AvgPool2d(2), new Flatten(), new Linear(24, 5));
  }

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


  private Stream<DynamicTest> inBothTypes(Stream<String> cases, java.util.function.BiConsumer<String, DType> body) {
    return cases.flatMap(name -> Stream.of(TYPES).map(dtype -> DynamicTest.dynamicTest(name + ", " + dtype, () -> {
      try (Scope _ = device.scope()) {
        body.accept(name, dtype);
      }
    })));
  }

  @TestFactory
  Stream<DynamicTest> layers() {
    return inBothTypes(layers.keySet().stream(), this::layer);
  }

  private void layer(String name, DType dtype) {
    String prefix = "layer." + name + ".";
    double scale = name.startsWith("resnet") ? 16 : 1; // some ten layers: rounding adds up
    try (Layer layer = layers.get(name).get().initialize(device, dtype, 1)) {
      Tensor x = golden.get(device, dtype, prefix + "x");
      boolean floating = x.dtype().isFloat();
      if (floating) {
        x.requiresGrad(true);
      }
      try (var _ = Tape.noGrad()) {
        layer.training(false).apply(x.detach()); // builds what waits for its input
      }
      setState(layer, dtype, prefix + "state.");
      Tensor y = layer.training(true).apply(x);
      near(prefix + "y", y, scale);
      y.mul(golden.get(device, dtype, prefix + "r")).sum().backward();
      if (floating) {
        near(prefix + "dx", x.grad(), scale);
      }
      layer.parameters().forEach((n, p) -> near(prefix + "grad." + n, p.grad(), scale));
      layer.buffers().forEach((n, b) -> near(prefix + "after." + n, b, scale));
      try (var _ = Tape.noGrad()) {
        near(prefix + "eval", layer.training(false).apply(x), scale);
        near(prefix + "eval", unfused(layer, x), scale);
      }
    }
  }

  /** Each layer of {@link LayerCases}: weights go to a file and back, empty batches and zeros pass, a NaN is not hidden. */
  @TestFactory
  Stream<DynamicTest> behaviour() {
    return LayerCases.all().keySet().stream().map(name -> DynamicTest.dynamicTest(name, () -> {
      try (Scope _ = device.scope(); var _ = Tape.noGrad(); Layer one = layers.get(name).get().initialize(device, 1);
          Layer other = layers.get(name).get().initialize(device, 2)) {
        behaviour(golden.get(device, DType.FLOAT32, "layer." + name + ".x"), one, other);
      }
    }));
  }

  private void behaviour(Tensor x, Layer layer, Layer other) {
    other.apply(x); // builds what waits for its input, and moves running statistics
    other.training(false);
    Tensor y = layer.training(false).apply(x);
    Path file = Golden.empty();
    Weights.save(layer, file, Map.of());
    Weights.load(other, file);
    Golden.delete(file);
    assertArrayEquals(y.toFloats(), other.apply(x).toFloats(), "weights from a file");
    Tensor none = layer.apply(x.slice(0, 0, 0));
    assertEquals(y.shape().with(0, 0), none.shape(), "an empty batch");
    if (x.dtype().isFloat()) {
      assertTrue(allFinite(layer.training(true).apply(device.zeros(x.dtype(), x.shape()))), "zeros, in training");
      assertTrue(allFinite(layer.training(false).apply(device.zeros(x.dtype(), x.shape()))), "zeros, in evaluation");
      Tensor bad = x.copy();
      bad.flatten(0, -1).slice(0, 0, 1).fill(Double.NaN);
      assertTrue(layer.apply(bad).isNan().any().itemLong() != 0, "a NaN shows");
    }
  }

  private static boolean allFinite(Tensor y) {
    return y.isFinite().all().itemLong() != 0;
  }

  /** Models that PyTorch has no counterpart of in the golden numbers: shapes, and a gradient for every parameter. */
  @TestFactory
  Stream<DynamicTest> models() {
    Map<String, Supplier<Layer>> models = new LinkedHashMap<>();
    models.put("mobilenet", () -> new MobileNet(0.0625, true, 0, 3));
    models.put("vgg", () -> ConvNets.vgg(1, 3, new long[] {2, 3}, new long[] {4}));
    models.put("lenet5", () -> ConvNets.lenet5(1, 12, 3));
    models.put("mlp", () -> Perceptrons.mlp(0, 3, 5, 4));
    models.put("dense autoencoder", () -> Autoencoder.dense(Shape.of(1, 12, 12), 3, 7));
    models.put("convolutional autoencoder", () -> Autoencoder.convolutional(Shape.of(1, 12, 12), 4, 2, 3));
    return models.entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
      try (Scope _ = device.scope(); Layer model = e.getValue().get().initialize(device, DType.FLOAT64, 3);
          Generator g = device.generator(4)) {
        Tensor x = g.normal(DType.FLOAT64, Shape.of(4, 1, 12, 12));
        Tensor y = model.apply(x);
        assertEquals(model instanceof Autoencoder ? x.shape() : Shape.of(4, 3), y.shape());
        y.square().mean().backward();
        model.parameters().forEach((n, p) -> {
          assertTrue(p.grad() != null && allFinite(p.grad()), n);
          p.zeroGrad();
        });
        assertTrue(model.summary(1, 12, 12).toString().contains("multiply-adds"));
      }
    }));
  }

  /** A layer that is watched runs its children one by one. */
  private static Tensor unfused(Layer layer, Tensor x) {
    layer.observe((_, _) -> {});
    try {
      return layer.apply(x);
    } finally {
      layer.observe(null);
    }
  }

  /** PyTorch's names and shapes are ours, in the same number. */
  private void setState(Layer layer, DType dtype, String prefix) {
    Map<String, Tensor> state = Weights.all(layer);
    assertEquals(new TreeSet<>(golden.names(prefix)), new TreeSet<>(state.keySet()), "names");
    try (var _ = Tape.noGrad()) {
      state.forEach((n, t) -> {
        assertEquals(golden.shape(prefix + n), t.shape(), n);
        t.assign(golden.get(device, dtype, prefix + n));
      });
    }
  }

  /** Rounding: a few hundred steps of float32 at most, of float64 likewise; {@code scale} times more for whole runs. */
  private void near(String name, Tensor actual) {
    near(name, actual, 1);
  }

  private void near(String name, Tensor actual, double scale) {
    assertTrue(actual != null, () -> name + ": there is none");
    assertEquals(golden.shape(name), actual.shape(), name);
    double tolerance = scale * (actual.dtype() == DType.FLOAT64 ? 1e-13 : 2e-6);
    double[] wanted = golden.numbers(name);
    double[] found = actual.toDoubles();
    double size = 1;
    for (double w : wanted) {
      size = Math.max(size, Math.min(Math.abs(w), 1e3));
    }
    for (int i = 0; i < wanted.length; i++) {
      int at = i;
      assertTrue(Math.abs(wanted[i] - found[i]) <= tolerance * Math.max(size, Math.abs(wanted[i])),
          () -> name + " " + actual.dtype() + ", element " + at + ": PyTorch " + wanted[at] + ", here " + found[at]);
    }
  }

  @TestFactory
  Stream<DynamicTest> losses() {
    Map<String, Loss> losses = Map.of("bce", new BinaryCrossEntropy(), "bce_sum", new BinaryCrossEntropy(Reduction.SUM), "mse",
        new MeanSquaredError(), "mse_sum", new MeanSquaredError(Reduction.SUM), "ce", new CrossEntropy(), "ce_sum",
        new CrossEntropy(Reduction.SUM), "ce_extreme", new CrossEntropy());
    return inBothTypes(losses.keySet().stream().sorted(), (name, dtype) -> {
      String prefix = "loss." + name + ".";
      Tensor x = golden.get(device, dtype, prefix + "x").requiresGrad(true);
      Tensor value = losses.get(name).of(x, golden.get(device, dtype, prefix + "t"));
      near(prefix + "value", value);
      value.backward();
      near(prefix + "dx", x.grad());
    });
  }

  @TestFactory
  Stream<DynamicTest> optimizers() {
    Map<String, OptimizerRule> rules = Map.of("sgd", new OptimizerRule.Sgd(0, 0, false, 0),
        "sgd_decay", new OptimizerRule.Sgd(0, 0, false, 0.2),
        "momentum", new OptimizerRule.Sgd(0.9, 0, false, 0),
        "momentum_dampening", new OptimizerRule.Sgd(0.9, 0.4, false, 0.1),
        "nesterov", new OptimizerRule.Sgd(0.9, 0, true, 0),
        "adam", new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0, false, false, false),
        "adam_decay", new OptimizerRule.Adam(0.8, 0.99, 1e-3, 0.2, false, false, false),
        "amsgrad", new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0, false, true, false),
        "adamw", new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0.2, true, false, false));
    return inBothTypes(rules.keySet().stream().sorted(), (name, dtype) -> {
      Map<String, Tensor> parameters = start(dtype);
      try (var optimizer = new Optimizer(rules.get(name), 0.1, parameters)) {
        for (int t = 0; t < 6; t++) {
          if (t == 3) {
            optimizer.learningRate(0.05);
          }
          giveGradients(parameters, dtype, t);
          optimizer.step();
          optimizer.zeroGrad();
          for (int i = 0; i < 2; i++) {
            near("optimizer." + name + "." + t + "." + i, parameters.get("p" + i), 4);
          }
        }
      }
    });
  }

  @TestFactory
  Stream<DynamicTest> clipping() {
    return inBothTypes(Stream.of("clipped", "unclipped"), (name, dtype) -> {
      Map<String, Tensor> parameters = start(dtype);
      try (Optimizer optimizer = new Optimizer(new OptimizerRule.Sgd(0, 0, false, 0), 1, parameters)) {
        giveGradients(parameters, dtype, 0);
        Tensor norm = optimizer.clipGradients(name.equals("clipped") ? 0.7 : 1000);
        near("clip." + name + ".norm", norm);
        for (int i = 0; i < 2; i++) {
          near("clip." + name + "." + i, parameters.get("p" + i).grad());
        }
      }
    });
  }

  private Map<String, Tensor> start(DType dtype) {
    var parameters = new LinkedHashMap<String, Tensor>();
    for (int i = 0; i < 2; i++) {
      parameters.put("p" + i, golden.get(device, dtype, "optimizer.start." + i).copy().requiresGrad(true));
    }
    return parameters;
  }

  private void giveGradients(Map<String, Tensor> parameters, DType dtype, int t) {
    Tensor sum = device.scalar(dtype, 0);
    for (int i = 0; i < 2; i++) {
      sum = sum.add(parameters.get("p" + i).mul(golden.get(device, dtype, "optimizer.gradient." + t + "." + i)).sum());
    }
    sum.backward();
  }

  @TestFactory
  Stream<DynamicTest> run() {
    return inBothTypes(Stream.of("eight steps of Adam with clipping"), (_, dtype) -> {
      List<Double> losses = new ArrayList<>();
      try (Layer model = new Sequential(new Linear(4, 8).bias(false), new BatchNorm(8), Activation.relu(), new Linear(8, 3))
          .initialize(device, dtype, 1)) {
        setState(model, dtype, "run.state.");
        try (Optimizer adam = Optimizer.adam(model, 0.05)) {
          for (int t = 0; t < 8; t++) {
            Tensor l = new CrossEntropy().of(model.apply(golden.get(device, dtype, "run.x." + t)),
                golden.get(device, dtype, "run.t." + t));
            l.backward();
            adam.clipGradients(1);
            adam.step();
            adam.zeroGrad();
            losses.add(l.item());
          }
        }
        double scale = 100; // Adam divides by the gradient's own size: where that is near 0, rounding shows more
        near("run.losses", device.tensor(losses.stream().mapToDouble(d -> d).toArray()).cast(dtype), scale);
        Weights.all(model).forEach((n, t) -> near("run.after." + n, t, scale));
      }
    });
  }

  @Test
  void weightsThatPyTorchWroteGiveItsPredictions() {
    Path file = Golden.copy("cnn.safetensors");
    try (Scope _ = device.scope(); var _ = Tape.noGrad(); Layer a = cnn().initialize(device, 1); Layer b = cnn()
        .initialize(device, 2)) {
      Weights.load(a, file);
      Checkpoint.loadModel(b, file);
      Tensor x = golden.get(device, DType.FLOAT32, "layer.cnn.x");
      near("layer.cnn.eval", a.training(false).apply(x), 4);
      near("layer.cnn.eval", b.training(false).apply(x), 4);
    } finally {
      Golden.delete(file);
    }
  }
}
