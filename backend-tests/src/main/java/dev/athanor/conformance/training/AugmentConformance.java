package dev.athanor.conformance.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.augment.Affine;
import dev.athanor.augment.Augment;
import dev.athanor.augment.Augmentation;
import dev.athanor.augment.Beta;
import dev.athanor.augment.Erase;
import dev.athanor.augment.Mix;
import dev.athanor.augment.Noise;
import dev.athanor.augment.Tone;
import dev.athanor.augment.Warp;
import dev.athanor.augment.Warp.Outside;
import dev.athanor.augment.Warp.Reading;
import dev.athanor.autograd.Autograd;
import dev.athanor.autograd.GradCheck;
import dev.athanor.backend.Backend;
import dev.athanor.data.ArrayDataset;
import dev.athanor.data.Dataset;
import dev.athanor.exec.Input;
import dev.athanor.exec.Plan;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.Callback;
import dev.athanor.train.Trainer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
 * Changed and mixed batches: affine images against PyTorch and closed forms, their gradients, what is drawn, and training with
 * them, replayed and resumed to the same bits. Extend it in a backend's tests.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class AugmentConformance {
  private Device device;
  @TempDir Path folder;

  /** For subclasses. */
  protected AugmentConformance() {}

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

  private Tensor images(DType dtype, long... dims) {
    double[] values = new double[Math.toIntExact(Shape.of(dims).size())];
    Arrays.setAll(values, Made::noise);
    return device.tensor(values).cast(dtype).reshape(dims);
  }

  private static void same(Tensor wanted, Tensor found, double tolerance) {
    assertEquals(wanted.shape(), found.shape());
    assertArrayEquals(wanted.toDoubles(), found.toDoubles(), tolerance);
  }

  // ---- affine images

  @TestFactory
  Stream<DynamicTest> affineImagesAsInPyTorch() {
    Golden golden = Golden.load("augment.safetensors");
    return Stream.of(Reading.values()).flatMap(reading -> Stream.of(Outside.values()).map(outside -> {
      String name = reading + "." + outside + ".";
      return DynamicTest.dynamicTest(name, () -> {
        try (Scope _ = device.scope()) {
          Tensor x = golden.get(device, DType.FLOAT64, name + "x").requiresGrad(true);
          Tensor theta = golden.get(device, DType.FLOAT64, name + "theta").requiresGrad(true);
          Tensor y = Warp.affine(x, theta, reading, outside);
          assertArrayEquals(golden.numbers(name + "y"), y.detach().toDoubles(), 1e-12);
          List<Tensor> grads = Autograd.grad(y.mul(golden.get(device, DType.FLOAT64, name + "r")).sum(), x, theta);
          assertArrayEquals(golden.numbers(name + "dx"), grads.get(0).toDoubles(), 1e-12);
          if (reading == Reading.BILINEAR) {
            assertArrayEquals(golden.numbers(name + "dtheta"), grads.get(1).toDoubles(), 1e-11);
          }
        }
      });
    }));
  }

  private Tensor warped(Tensor x, Reading reading, Outside outside, double... matrix) {
    return Warp.affine(x, device.tensor(matrix).cast(x.dtype()).reshape(1, 2, 3).expand(x.dim(0), 2, 3), reading, outside);
  }

  @Test
  void quarterTurnsFlipsAndShiftsByWholePixelsMoveElements() {
    try (Scope _ = device.scope()) {
      for (Reading reading : Reading.values()) {
        Tensor square = images(DType.FLOAT32, 2, 2, 5, 5);
        same(square.transpose(2, 3).flip(2), warped(square, reading, Outside.ZERO, 0, -1, 0, 1, 0, 0), 0); // anticlockwise
        Tensor x = images(DType.FLOAT32, 2, 3, 4, 6);
        same(x, warped(x, reading, Outside.ZERO, 1, 0, 0, 0, 1, 0), 0);
        same(x.flip(3), warped(x, reading, Outside.ZERO, -1, 0, 0, 0, 1, 0), 0);
        same(x.flip(2, 3), warped(x, reading, Outside.ZERO, -1, 0, 0, 0, -1, 0), 0);
        Tensor left = x.slice(3, 2, 6);
        Tensor empty = device.zeros(2, 3, 4, 2);
        same(Shaping.concat(3, left, empty), warped(x, reading, Outside.ZERO, 1, 0, 2, 0, 1, 0), 0);
        Tensor edge = x.slice(3, 5, 6).expand(2, 3, 4, 2);
        same(Shaping.concat(3, left, edge), warped(x, reading, Outside.EDGE, 1, 0, 2, 0, 1, 0), 0);
        same(device.zeros(2, 3, 4, 6), warped(x, reading, Outside.ZERO, 1, 0, 1e30, 0, 1, 0), 0); // far outside
      }
      Tensor x = images(DType.FLOAT32, 2, 3, 4, 6);
      Tensor half = x.slice(3, 0, 5).add(x.slice(3, 1, 6)).mul(0.5);
      same(half, warped(x, Reading.BILINEAR, Outside.ZERO, 1, 0, 0.5, 0, 1, 0).slice(3, 0, 5), 1e-7);
    }
  }

  @Test
  void theMatricesOfMovesAreThoseOfTheirDefinitions() {
    try (Scope _ = device.scope(); Generator g = device.generator(4)) {
      Shape shape = Shape.of(50, 1, 6, 10);
      double[] flips = Affine.flip().matrices(g, DType.FLOAT64, shape).toDoubles();
      double[] turns = Affine.rotate(30).matrices(g, DType.FLOAT64, shape).toDoubles();
      double[] crops = Affine.crop(2).matrices(g, DType.FLOAT64, shape).toDoubles();
      double[] shifts = Affine.translate(0.5).matrices(g, DType.FLOAT64, shape).toDoubles();
      double[] sizes = Affine.scale(0.5).matrices(g, DType.FLOAT64, shape).toDoubles();
      double[] shears = Affine.shear(45).matrices(g, DType.FLOAT64, shape).toDoubles();
      double[] seldom = Affine.translate(0.5).probability(0.2).matrices(g, DType.FLOAT64, shape).toDoubles();
      int flipped = 0;
      int still = 0;
      boolean[] reached = new boolean[5];
      for (int i = 0; i < 300; i += 6) {
        assertEquals(1, Math.abs(flips[i]));
        flipped += flips[i] < 0 ? 1 : 0;
        assertEquals(1, turns[i] * turns[i] + turns[i + 3] * turns[i + 3], 1e-12); // cos and sin
        assertTrue(turns[i] >= Math.cos(Math.PI / 6) - 1e-12 && turns[i] == turns[i + 4] && turns[i + 1] == -turns[i + 3]);
        assertEquals(Math.rint(crops[i + 2]), crops[i + 2]);
        reached[(int) crops[i + 2] + 2] = true;
        assertTrue(Math.abs(shifts[i + 2]) <= 5 && Math.abs(shifts[i + 5]) <= 3);
        assertTrue(sizes[i] >= 1 / 1.5 && sizes[i] <= 2 && sizes[i] == sizes[i + 4]);
        assertTrue(Math.abs(shears[i + 1]) <= 1 + 1e-12 && shears[i + 3] == 0);
        still += seldom[i + 2] == 0 && seldom[i + 5] == 0 ? 1 : 0;
      }
      assertTrue(flipped > 12 && flipped < 38, "flipped " + flipped); // 25 ± 3.5 expected
      assertTrue(still > 28 && still < 50, "still " + still); // 40 ± 2.8 expected
      assertArrayEquals(new boolean[] {true, true, true, true, true}, reached);
    }
  }

  @Test
  void movesInOnePassAreTheMovesOneAfterAnother() {
    try (Scope _ = device.scope(); Generator a = device.generator(5); Generator b = device.generator(5)) {
      Tensor x = images(DType.FLOAT64, 6, 2, 5, 5);
      Affine turn = Affine.flip();
      Affine upset = Affine.flipVertical();
      Augment together = Augment.of(turn, upset, Affine.crop(0));
      assertEquals(1, together.steps().size());
      same(upset.apply(turn.apply(x, b), b), together.apply(x, a), 0);
      Tensor m1 = Affine.rotate(40).matrices(b, DType.FLOAT64, x.shape());
      Tensor m2 = Affine.translate(0.3).matrices(b, DType.FLOAT64, x.shape());
      a.restore(new Generator.State(5, 0, b.state().offset()));
      Generator.State from = a.state();
      b.restore(from);
      Tensor both = Affine.rotate(40).then(Affine.translate(0.3)).matrices(a, DType.FLOAT64, x.shape());
      m1 = Affine.rotate(40).matrices(b, DType.FLOAT64, x.shape());
      m2 = Affine.translate(0.3).matrices(b, DType.FLOAT64, x.shape());
      Tensor corner = device.tensor(new double[] {0, 0, 1}).reshape(1, 1, 3).expand(6, 1, 3);
      same(m1.matmul(Shaping.concat(1, m2, corner)), both, 1e-12);
    }
  }

  @Test
  void gradientsThroughAffineImages() {
    try (Scope _ = device.scope()) {
      Tensor theta = device.tensor(new double[] {0.9, 0.21, 0.33, -0.17, 1.1, 0.27, 1.2, -0.3, -0.61, 0.4, 0.7, 0.43})
          .reshape(2, 2, 3);
      for (Outside outside : Outside.values()) {
        GradCheck.check(in -> Warp.affine(in.get(0), in.get(1), Reading.BILINEAR, outside),
            images(DType.FLOAT64, 2, 2, 3, 4), theta);
        GradCheck.check(in -> Warp.affine(in.get(0), theta, Reading.NEAREST, outside), images(DType.FLOAT64, 2, 2, 3, 4));
      }
    }
  }

  @Test
  void gradientsThroughTheOthers() {
    try (Scope _ = device.scope()) {
      for (Augmentation one : List.of(new Noise(0.3), new Tone(0.2, 0.4, 1), new Erase(2),
          Affine.rotate(20).then(Affine.shear(10)))) {
        GradCheck.check(in -> {
          try (Generator g = device.generator(7)) {
            return one.apply(in.get(0), g);
          }
        }, images(DType.FLOAT64, 2, 2, 3, 4));
      }
    }
  }

  // ---- the others

  @Test
  void noiseToneAndErasedSquares() {
    try (Scope _ = device.scope(); Generator g = device.generator(6)) {
      Tensor x = device.full(DType.FLOAT32, Shape.of(400, 1, 4, 5), 3);
      double[] noise = new Noise(0.5).apply(x, g).sub(x).toDoubles();
      assertEquals(0, Arrays.stream(noise).average().orElseThrow(), 0.03); // 5 deviations of the mean: 0.5/√8000 = 0.0056
      assertEquals(0.25, Arrays.stream(noise).map(v -> v * v).average().orElseThrow(), 0.02); // and 0.25·√(2/8000) = 0.004
      double[] some = new Noise(0.5, 0.25).apply(x, g).sub(x).abs().sum(1, 2, 3).toDoubles();
      assertEquals(100, Arrays.stream(some).filter(v -> v > 0).count(), 45); // √(400·¼·¾) = 8.7
      Tensor bright = Tone.brightness(0.5).apply(x, g).sub(x).reshape(400, 20);
      same(bright.slice(1, 0, 1).expand(400, 20), bright, 1e-6);
      assertTrue(bright.abs().max().item() <= 0.5 + 1e-6 && bright.abs().max().item() > 0.45);
      same(x, Tone.contrast(0.9).apply(x, g), 1e-6); // nothing to spread
      Tensor y = images(DType.FLOAT32, 8, 2, 4, 5);
      Tensor spread = Tone.contrast(0.9).apply(y, g);
      same(y.mean(1, 2, 3), spread.mean(1, 2, 3), 1e-6);
      Tensor factor = spread.sub(y.mean(true, 1, 2, 3)).div(y.sub(y.mean(true, 1, 2, 3)));
      same(factor.select(3, 0).unsqueeze(3).expand(8, 2, 4, 5), factor, 1e-3);
      assertTrue(Arrays.stream(factor.toDoubles()).allMatch(f -> f > 0.09 && f < 1.91));
      double[] left = new Erase(3, 0, 0.5).apply(x, g).ne(0).cast(DType.FLOAT32).sum(1, 2, 3).toDoubles();
      // nothing gone, or 9, 6 or 4 pixels
      assertTrue(Arrays.stream(left).allMatch(v -> List.of(20.0, 11.0, 14.0, 16.0).contains(v)), Arrays.toString(left));
      assertEquals(200, Arrays.stream(left).filter(v -> v == 20).count(), 60);
    }
  }

  @Test
  void wrongAmountsAndShapesAreRefused() {
    assertThrows(AthanorException.class, () -> Affine.scale(1));
    assertThrows(AthanorException.class, () -> Affine.flip().probability(1.5));
    assertThrows(AthanorException.class, () -> new Noise(Double.NaN));
    assertThrows(AthanorException.class, () -> new Beta(5, 1));
    assertThrows(AthanorException.class, Augment::of);
    try (Scope _ = device.scope(); Generator g = device.generator(1)) {
      String message = assertThrows(AthanorException.class, () -> Affine.flip().apply(device.ones(4, 30), g)).getMessage();
      assertTrue(message.contains("[N, C, H, W]") && message.contains("[4, 30]"), message);
    }
  }

  // ---- mixing

  @Test
  void betaHasItsMeanAndVariance() {
    int n = 600;
    for (double[] p : new double[][] {{0.2, 0.2}, {1, 1}, {0.5, 2}, {0.01, 0.01}}) {
      try (Scope _ = device.scope(); Generator g = device.generator(11)) {
        double a = p[0];
        double b = p[1];
        double[] x = new Beta(a, b).sample(g, n).toDoubles();
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).average().orElseThrow();
        double wanted = a * b / ((a + b) * (a + b) * (a + b + 1));
        assertTrue(Arrays.stream(x).allMatch(v -> v >= 0 && v <= 1));
        assertEquals(a / (a + b), mean, 5 * Math.sqrt(wanted / n), "mean of " + a + ", " + b);
        // a square in [0, 1] deviates from its mean by at most ½ (root mean square)
        assertEquals(wanted, variance, 5 * 0.5 / Math.sqrt(n), "variance of " + a + ", " + b);
      }
    }
  }

  @Test
  void mixedFeaturesAndLosses() {
    try (Scope _ = device.scope(); Generator g = device.generator(12)) {
      Tensor x = images(DType.FLOAT64, 6, 2, 5, 4);
      for (int i = 0; i < 5; i++) {
        Mix.Mixed mixed = Mix.mixup(1).apply(x, g);
        Tensor other = x.take(0, mixed.order());
        double lambda = mixed.lambda().item();
        assertTrue(lambda >= 0 && lambda <= 1);
        same(x.mul(lambda).add(other.mul(1 - lambda)), mixed.features(), 1e-12);
        assertArrayEquals(new double[] {0, 1, 2, 3, 4, 5}, mixed.order().sort(0, false).values().toDoubles());
        Mix.Mixed cut = Mix.cutmix(1).apply(x, g);
        Tensor changed = x.take(0, cut.order());
        double[] own = cut.features().eq(x).cast(DType.FLOAT64).toDoubles();
        double[] met = cut.features().eq(changed).cast(DType.FLOAT64).toDoubles();
        long[] order = Arrays.stream(cut.order().toDoubles()).mapToLong(v -> (long) v).toArray();
        int kept = 0;
        int moved = 0;
        for (int j = 0; j < own.length; j++) {
          assertTrue(own[j] + met[j] >= 1, "from one of the two");
          boolean pair = order[j / 40] != j / 40;
          kept += pair ? (int) own[j] : 0;
          moved += pair ? 1 : 0;
        }
        assertEquals(moved == 0 ? 0 : cut.lambda().item(), moved == 0 ? 0 : (double) kept / moved, 1e-12);
        // the loss of both targets is that of the soft target
        Tensor logits = images(DType.FLOAT64, 6, 3);
        Tensor t = device.tensor(new long[] {0, 1, 2, 0, 1, 2});
        CrossEntropy loss = new CrossEntropy();
        Tensor two = mixed.loss(loss.of(logits, t), loss.of(logits, t.take(0, mixed.order())));
        Tensor soft = t.oneHot(3).cast(DType.FLOAT64);
        same(loss.of(logits, soft.mul(lambda).add(soft.take(0, mixed.order()).mul(1 - lambda))), two, 1e-12);
      }
    }
  }

  // ---- training

  private static final Augment ALL = Augment.of(Affine.flip(), Affine.rotate(15), Affine.crop(1), Affine.scale(0.1),
      Affine.shear(5),
      Affine.translate(0.1), new Noise(0.05), new Tone(0.1, 0.2, 0.7), new Erase(2, 0, 0.5));

  private static Dataset bars(int n) {
    float[] x = new float[25 * n];
    int[] labels = new int[n];
    for (int i = 0; i < n; i++) {
      labels[i] = i % 2;
      for (int j = 0; j < 25; j++) {
        x[25 * i + j] = ((labels[i] == 0 ? j % 5 : j / 5) == 2 ? 1 : 0) + 0.2f * Made.noise(25 * i + j);
      }
    }
    return ArrayDataset.classes("bars", x, Shape.of(1, 5, 5), labels, List.of("standing", "lying"));
  }

  private Layer network(long seed) {
    return new Sequential(new Conv2d(1, 4, 3), Activation.relu(), new Dropout(0.1), new Flatten(), new Linear(36, 2))
        .initialize(device, seed);
  }

  private Map<String, List<Double>> trained(long seed, UnaryOperator<Trainer.Builder> more) {
    try (Layer model = network(seed); Trainer t = more.apply(Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, 0.02))
        .epochs(3).batch(6).seed(3).metric(new Accuracy())).build()) {
      t.fit(bars(20)); // the last batch of an epoch is smaller
      return Made.numbers(model);
    }
  }

  private static UnaryOperator<Trainer.Builder> with(Augment augment, Mix mix) {
    return b -> b.augment(augment).mix(mix);
  }

  private static Callback stopAfter(int step) {
    return new Callback() {
      @Override
      public void onStep(Run run) {
        if (run.step() == step) {
          run.trainer().stop();
        }
      }
    };
  }

  @TestFactory
  Stream<DynamicTest> replayedAndResumedToTheSameBits() {
    return Stream.of(Mix.mixup(0.4), Mix.cutmix(1)).map(mix -> DynamicTest.dynamicTest(mix.toString(), () -> {
      var whole = trained(1, with(ALL, mix));
      assertEquals(whole, trained(1, b -> with(ALL, mix).apply(b).plans(false)));
      assertNotEquals(whole, trained(1, with(ALL, null)));
      assertNotEquals(whole, trained(1, b -> with(ALL, mix).apply(b).seed(4)));
      Path file = folder.resolve(mix.kind().name());
      trained(1, b -> with(ALL, mix).apply(b).checkpoint(file).callback(stopAfter(6)));
      assertEquals(whole, trained(99, b -> with(ALL, mix).apply(b).resume(file)));
      String message = assertThrows(AthanorException.class, () -> trained(1, b -> b.augment(ALL).resume(file))).getMessage();
      assertTrue(message.contains("other changes of the training data") && message.contains("Mix"), message);
    }));
  }

  @Test
  void everyChangeCanBeRecorded() {
    try (Scope _ = device.scope(); Generator g = device.generator(2); Generator h = device.generator(2);
        Plan plan = Plan.of(device, in -> {
          Mix.Mixed mixed = Mix.cutmix(1).apply(ALL.apply(in.getFirst(), g), g);
          return List.of(mixed.features(), mixed.lambda());
        })) {
      for (int i = 0; i < 4; i++) {
        Tensor x = images(DType.FLOAT32, 3 + i / 3, 1, 5, 5);
        double[] found = plan.run(Input.of(x)).getFirst().toDoubles();
        assertArrayEquals(Mix.cutmix(1).apply(ALL.apply(x, h), h).features().toDoubles(), found);
      }
      assertEquals(h.state(), g.state());
    }
  }

  @Test
  void aNetworkLearnsFromChangedImagesAndIsJudgedByPlainOnes() {
    try (Layer model = network(1); Trainer t = Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, 0.02)).epochs(15)
        .batch(10)
        .augment(Augment.of(Affine.flip(), Affine.rotate(10), new Noise(0.05))).mix(Mix.mixup(0.2))
        .metric(new Accuracy()).build()) {
      t.fit(bars(20));
      assertEquals(1, t.evaluate(bars(20)).get("accuracy"));
      assertEquals(t.evaluate(bars(20)), t.evaluate(bars(20)));
    }
  }
}
