package dev.athanor.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.models.Autoencoder;
import dev.athanor.models.ConvNets;
import dev.athanor.models.ResNet;
import dev.athanor.nn.Activation;
import dev.athanor.nn.AdaptivePool;
import dev.athanor.nn.AvgPool1d;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Bilinear;
import dev.athanor.nn.Conv1d;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Conv3d;
import dev.athanor.nn.ConvTranspose2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Embedding;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.GlobalPool;
import dev.athanor.nn.GroupNorm;
import dev.athanor.nn.Identity;
import dev.athanor.nn.Initializer;
import dev.athanor.nn.InstanceNorm;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool1d;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.MaxPool3d;
import dev.athanor.nn.Pad;
import dev.athanor.nn.Parallel;
import dev.athanor.nn.Reshape;
import dev.athanor.nn.RmsNorm;
import dev.athanor.nn.SeparableConv2d;
import dev.athanor.nn.Sequential;
import dev.athanor.nn.Summary;
import dev.athanor.nn.Upsample;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What the layers refuse, how they are found in fields, sized by the first batch and summed up, and what the dropouts drop. */
class LayerVocabularyTest {
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

  private void refuses(Layer layer, Tensor x, String... parts) {
    fails(() -> layer.initialize(device, 1).apply(x), parts);
  }

  @Test
  void convolutionsRefuse() {
    refuses(new Conv1d(2, 3, 3), device.zeros(1, 2, 4, 4), "[1, 2, 4, 4]", "3 axes");
    refuses(new Conv1d(0, 3, 3), device.zeros(1, 2), "Conv1d", "[N, C, L]", "[1, 2]");
    refuses(new Conv3d(0, 3, 3), device.zeros(1, 2, 5, 5), "Conv3d", "[N, C, D, H, W]");
    fails(() -> new Conv3d(1, 1, 3, 3), "kernel takes one number", "3, one for each", "not 2");
    fails(() -> new Conv2d(1, 1, 3).stride(1, 2, 3), "stride takes", "not 3");
    fails(() -> new Conv2d(1, 1, 0), "positive");
    refuses(new Conv2d(1, 0, 3), device.zeros(1, 1, 4, 4), "output channels must be positive");
    refuses(new Conv2d(1, 1, 3).paddingSame().stride(2), device.zeros(1, 1, 4, 4), "'same' padding", "stride of 1", "not 2");
    fails(() -> new ConvTranspose2d(1, 1, 3).paddingSame(), "not transposed ones");
    refuses(new ConvTranspose2d(1, 1, 3).stride(2).outputPadding(2), device.zeros(1, 1, 4, 4), "output padding",
        "less than the stride");
    refuses(new ConvTranspose2d(3, 1, 3), device.zeros(1, 2, 4, 4), "ConvTranspose2d", "2 channels", "takes 3");
    refuses(new ConvTranspose2d(2, 1, 1).padding(3), device.zeros(1, 2, 4, 4), "leaves nothing");
    refuses(new SeparableConv2d(3, 2, 3), device.zeros(1, 2, 4, 4), "2 channels");
  }

  @Test
  void poolingAndResamplingRefuse() {
    refuses(new MaxPool1d(2), device.zeros(1, 1, 4, 4), "[1, 1, 4, 4]", "3 axes");
    refuses(new MaxPool3d(2), device.zeros(1, 1, 4, 4), "5 axes");
    refuses(new MaxPool2d(3).padding(3), device.zeros(1, 1, 4, 4), "padding must be smaller");
    fails(() -> new AvgPool1d(2, 2), "kernel takes one number", "not 2");
    refuses(AdaptivePool.average(2, 2), device.zeros(1, 1, 4), "[1, 1, 4]", "4 axes");
    refuses(AdaptivePool.max(2), device.zeros(1, 1, 0), "positive");
    fails(() -> AdaptivePool.average(2, 0), "positive size");
    refuses(GlobalPool.max(), device.zeros(2, 3), "[N, C, spatial…]", "[2, 3]");
    fails(() -> Upsample.nearest(0), "positive");
    fails(() -> Upsample.linear(2).to(0), "positive");
    fails(() -> Upsample.nearest(2).alignCorners(), "linear");
    refuses(Upsample.nearest(2, 2), device.zeros(1, 1, 3), "1 spatial axes", "2 factors");
    refuses(Upsample.linear(2), device.zeros(DType.INT32, Shape.of(1, 1, 3)), "linear", "float");
    refuses(Upsample.linear(1).to(2, 2), device.zeros(1, 1, 3), "4 axes");
  }

  @Test
  void paddingAndShapesRefuse() {
    refuses(Pad.reflect(3), device.zeros(1, 1, 3), "reflect padding of 3 and 3", "[1, 1, 3]");
    refuses(Pad.circular(4), device.zeros(1, 1, 3), "circular padding of 4");
    refuses(Pad.replicate(1), device.zeros(1, 1, 0), "replicate padding");
    refuses(Pad.zero(1, 1), device.zeros(1, 1, 3, 3), "2 spatial axes", "2 amounts");
    fails(() -> Pad.zero(1, 2, 3), "two for each spatial axis", "not 3");
    fails(() -> Pad.zero(-1), "negative");
    fails(() -> new Reshape(-1, -1), "only one may be -1");
    refuses(new Reshape(2, -1), device.zeros(3, 5), "5 elements", "[2, -1]");
    refuses(new Reshape(2, 2), device.zeros(3, 5), "5 elements", "[2, 2]");
  }

  @Test
  void othersRefuse() {
    refuses(new Embedding(3, 2), device.zeros(2, 2), "Embedding", "int");
    fails(() -> new Embedding(3, 2).initialize(device, 1).apply(device.tensor(new long[] {3})), "outside");
    fails(() -> new Embedding(3, 2).paddingIndex(3), "[0, 3)");
    Bilinear product = new Bilinear(2, 3, 4);
    product.initialize(device, 1);
    fails(() -> product.apply(device.zeros(5, 2), device.zeros(4, 3)), "[5, 2]", "[4, 3]", "leading");
    fails(() -> product.apply(device.zeros(5, 2)), "[…, 2]", "[…, 3]");
    fails(() -> new GroupNorm(2, 3), "3 channels", "2 groups");
    refuses(new GroupNorm(2, 0), device.zeros(1, 3, 4), "3 channels", "2 groups");
    refuses(new InstanceNorm(2), device.zeros(1, 3, 4), "[N, 2, spatial…]", "[1, 3, 4]");
    refuses(new InstanceNorm(2), device.zeros(1, 2, 1), "more than one element per channel");
    refuses(new RmsNorm(3), device.zeros(1, 2), "must end in [3]");
    fails(() -> Parallel.sum(), "at least one branch");
    refuses(Parallel.sum(new Linear(2, 3), new Linear(2, 4)), device.zeros(1, 2), "branch 1", "[1, 4]", "[1, 3]");
    refuses(Parallel.concat(1, new Identity(), new Flatten()), device.zeros(1, 2, 2), "concat");
    fails(() -> Dropout.channels(1), "Dropout.channels", "[0, 1)");
    refuses(Dropout.channels(0.5), device.zeros(3), "at least 2 axes");
    fails(() -> Autoencoder.convolutional(Shape.of(1, 6, 6), 2, 3, 4), "halved 2 times", "[1, 6, 6]");
    fails(() -> ConvNets.lenet5(1, 8, 2), "12×12", "8×8");
    fails(() -> ResNet.resnet18().width(0), "positive");
  }

  /** As users write them: no registration. */
  static class TwoPaths extends Layer {
    private final Layer wide = new Linear(4);
    private final List<Layer> gates = new ArrayList<>(List.of(new Linear(4), Activation.sigmoid()));
    private final Layer[] ends = {new Linear(4, 2)};
    private final Map<String, Layer> named = Map.of("norm", new BatchNorm(4));
    private final transient Layer hidden = new Linear(9, 9);
    private final Layer none = null;
    private final Layer again = wide;

    @Override
    protected Tensor forward(Tensor x) {
      Tensor gate = gates.get(1).apply(gates.get(0).apply(x));
      return ends[0].apply(named.get("norm").apply(again.apply(x).mul(gate)));
    }
  }

  static class Deeper extends TwoPaths {
    private final Layer more = new Linear(2, 2);

    @Override
    protected Tensor forward(Tensor x) {
      return more.apply(super.forward(x));
    }
  }

  static class Clash extends Deeper {
    private final Layer more = new Linear(2, 2);
  }

  @Test
  void layersAreFoundInFields() {
    Layer model = new Deeper().initialize(device, 3);
    assertEquals(List.of("wide", "gates.0", "gates.1", "ends.0", "named.norm", "more"), List.copyOf(model.children().keySet()));
    assertEquals(Shape.of(5, 2), model.apply(device.ones(5, 3)).shape());
    assertEquals(List.of("wide.weight", "wide.bias", "gates.0.weight", "gates.0.bias", "ends.0.weight", "ends.0.bias",
        "named.norm.weight", "named.norm.bias", "more.weight", "more.bias"), List.copyOf(model.parameters().keySet()));
    assertFalse(model.training(false).children().get("named.norm").isTraining());
    fails(() -> new Clash().initialize(device, 1), "Clash", "two children 'more'");
  }

  /** The same bits whether sizes are given or found, and before an optimizer can be made the parameters must be there. */
  @Test
  void sizesLeftOutChangeNoNumber() {
    Tensor x = device.generator(7).normal(DType.FLOAT32, Shape.of(2, 3, 9, 9));
    Layer given = new Sequential(new Conv2d(3, 4, 3), new GroupNorm(2, 4), new ConvTranspose2d(4, 2, 2),
        new InstanceNorm(2).affine(true), new SeparableConv2d(2, 6, 3), new BatchNorm(6),
        new Flatten(), new Linear(6 * 6 * 6, 5)).initialize(device, 11);
    Layer found = new Sequential(new Conv2d(0, 4, 3), new GroupNorm(2, 0), new ConvTranspose2d(0, 2, 2),
        new InstanceNorm(0).affine(true), new SeparableConv2d(0, 6, 3), new BatchNorm(0),
        new Flatten(), new Linear(5)).initialize(device, 11);
    fails(() -> Optimizer.sgd(found, 0.1), "waits for its first input");
    found.summary(3, 9, 9);
    assertTrue(found.isBuilt());
    assertEquals(List.copyOf(given.parameters().keySet()), List.copyOf(found.parameters().keySet()));
    assertArrayEquals(given.apply(x).toFloats(), found.apply(x).toFloats());
    Optimizer.sgd(found, 0.1).close();
  }

  @Test
  void summaryCountsAndLeavesTheModelAsItWas() {
    Layer model = new Sequential(new Conv2d(0, 8, 3).padding(1).bias(false), new BatchNorm(0), Activation.relu(),
        new MaxPool2d(2), new Sequential(new Flatten(), new Dropout(0.5), new Linear(10))).initialize(device, 1);
    model.children().get("4").training(false);
    List<String> seen = new ArrayList<>();
    model.observe((layer, y) -> seen.add(layer.toString()));
    Summary summary = model.summary(3, 8, 8);
    assertEquals(List.of(), seen, "the observer hears nothing of it");
    assertTrue(model.isTraining() && !model.children().get("4").isTraining(), "modes stay");
    assertArrayEquals(new float[8], model.buffers().get("1.running_mean").toFloats(), "statistics stay");
    assertEquals("""
        layer                    output     parameters  multiply-adds
        Sequential               [10]
          0: Conv2d              [8, 8, 8]         216         13,824
          1: BatchNorm           [8, 8, 8]          16
          2: Activation          [8, 8, 8]
          3: MaxPool2d           [8, 4, 4]
          4: Sequential          [10]
            0: Flatten           [128]
            1: Dropout           [128]
            2: Linear            [10]            1,290          1,280
        in all, input [3, 8, 8]                  1,522         15,104
        """, summary.toString());
    model.apply(device.ones(2, 3, 8, 8));
    assertFalse(seen.isEmpty());
    Layer words = new Sequential(new Embedding(5, 3), new Flatten(), new Linear(2)).initialize(device, 1);
    assertEquals(15 + 4 * 3 * 2 + 2, words.summary(DType.INT64, Shape.of(4)).parameters());
    fails(() -> new Linear(2, 2).summary(2), "initialize(device, seed)");
    fails(() -> model.summary(3, 9), "[1, 3, 9]");
    assertTrue(model.isTraining() && !model.children().get("4").isTraining(), "modes stay after an error");
  }

  /** A transposed convolution sums over its input channels, where PyTorch counts its output channels. */
  @Test
  void fansOfTransposedConvolutions() {
    List<String> seen = new ArrayList<>();
    Initializer spy = (g, dtype, shape, in, out) -> {
      seen.add(shape + " " + in + " " + out);
      return g.device().zeros(dtype, shape);
    };
    new ConvTranspose2d(8, 12, 3, 5).groups(4).init(spy, spy).initialize(device, 1);
    assertEquals(List.of("[8, 3, 3, 5] 30 45", "[12] 30 45"), seen);
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += v;
    }
    return sum / values.length;
  }

  /** 4,000 channels: five standard deviations of the share are allowed. */
  @Test
  void channelsAndExamplesAreDroppedAsWholes() {
    for (boolean channels : new boolean[] {true, false}) {
      Layer dropout = (channels ? Dropout.channels(0.25) : Dropout.stochasticDepth(0.25)).initialize(device, 5);
      Tensor x = (channels ? device.ones(40, 100, 3) : device.ones(4000, 3)).requiresGrad(true);
      Tensor y = dropout.apply(x);
      float[] values = y.toFloats();
      int dropped = 0;
      for (int i = 0; i < values.length; i += 3) {
        assertTrue(values[i] == values[i + 1] && values[i] == values[i + 2], "all or nothing");
        assertTrue(values[i] == 0 || Math.abs(values[i] - 4 / 3f) < 1e-6);
        dropped += values[i] == 0 ? 1 : 0;
      }
      assertEquals(0.25, dropped / 4000.0, 5 * Math.sqrt(0.25 * 0.75 / 4000));
      y.sum().backward();
      assertArrayEquals(values, x.grad().toFloats(), "the gradient passes where the value did");
      assertNotEquals(Arrays.toString(values), Arrays.toString(dropout.apply(x).toFloats()));
      assertSame(x, dropout.training(false).apply(x));
      assertEquals(1, dropout.generators().size(), "its generator is part of a run's state");
    }
  }

  /**
   * The closed form of the source: what is dropped takes one value, and of 40,000 standard normal numbers mean and variance stay.
   */
  @Test
  void alphaDropoutKeepsMeanAndVariance() {
    double p = 0.3;
    double limit = -1.7580993408473766; // −λα, as PyTorch has it
    double a = 1 / Math.sqrt((1 - p) * (1 + p * limit * limit));
    Layer dropout = Dropout.alpha(p).initialize(device, 6);
    Tensor x = device.generator(8).normal(DType.FLOAT32, Shape.of(200, 200));
    float[] before = x.toFloats();
    float[] after = dropout.apply(x).toFloats();
    int dropped = 0;
    for (int i = 0; i < after.length; i++) {
      double kept = a * before[i] - a * p * limit;
      double lost = a * limit - a * p * limit;
      boolean isLost = Math.abs(after[i] - lost) < 1e-5;
      assertTrue(isLost || Math.abs(after[i] - kept) < 1e-5, "element " + i + ": " + before[i] + " became " + after[i]);
      dropped += isLost ? 1 : 0;
    }
    assertEquals(p, dropped / 40000.0, 5 * Math.sqrt(p * (1 - p) / 40000));
    double mean = mean(after);
    double variance = 0;
    for (float v : after) {
      variance += (v - mean) * (v - mean) / after.length;
    }
    assertEquals(0, mean, 5 / 200.0);
    assertEquals(1, variance, 0.05);
    assertSame(x, dropout.training(false).apply(x));
  }

  @Test
  void paddingVectorStaysZero() {
    Layer table = new Embedding(4, 2).paddingIndex(1).initialize(device, 1);
    assertArrayEquals(new float[] {0, 0}, table.apply(device.tensor(new int[] {1})).toFloats());
    table.apply(device.tensor(new long[] {1, 0, 1})).sum().backward();
    assertArrayEquals(new float[] {1, 1, 0, 0, 0, 0, 0, 0}, table.parameters().get("weight").grad().toFloats());
  }

  @Test
  void toStringReadsLikeTheConstructor() {
    assertEquals("Conv2d(?, ?, kernel=3×1, stride=2×1, padding=same, dilation=1×2, depthwise, bias=false)",
        new Conv2d(0, 0, 3, 1).stride(2, 1).paddingSame().dilation(1, 2).depthwise().bias(false).toString());
    assertEquals("ConvTranspose2d(2, 4, kernel=3, stride=2, outputPadding=1, groups=2)",
        new ConvTranspose2d(2, 4, 3).stride(2).outputPadding(1).groups(2).toString());
    assertEquals("MaxPool3d(2×1×2, stride=1, padding=1×0×0, dilation=2)",
        new MaxPool3d(2, 1, 2).stride(1).padding(1, 0, 0).dilation(2).toString());
    assertEquals("AvgPool1d(3, countPadding=false)", new AvgPool1d(3).countPadding(false).toString());
    assertEquals("AdaptivePool.max(2, 3) GlobalPool.average()", AdaptivePool.max(2, 3) + " " + GlobalPool.average());
    assertEquals("Upsample.nearest(2.0) Upsample.linear(1).to(4, 5).alignCorners()",
        Upsample.nearest(2) + " " + Upsample.linear(2).to(4, 5).alignCorners());
    assertEquals("Pad.zero(1) Pad.constant(2.0, 1, 2) Pad.reflect(1)",
        Pad.zero(1) + " " + Pad.constant(2, 1, 2) + " " + Pad.reflect(1));
    assertEquals("Embedding(4, 2, paddingIndex=1) Reshape(2, -1)",
        new Embedding(4, 2).paddingIndex(1) + " " + new Reshape(2, -1));
    assertEquals("GroupNorm(2, ?) InstanceNorm(3, affine) RmsNorm([4])",
        new GroupNorm(2, 0) + " " + new InstanceNorm(3).affine(true) + " " + new RmsNorm(4));
    assertEquals("Dropout.channels(0.2) Dropout.alpha(0.1) Dropout.stochasticDepth(0.5)",
        Dropout.channels(0.2) + " " + Dropout.alpha(0.1) + " " + Dropout.stochasticDepth(0.5));
    assertEquals("Bilinear(2, 3, 4, bias=false)", new Bilinear(2, 3, 4).bias(false).toString());
  }
}
