package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.ConvTranspose2d;
import dev.athanor.nn.Initializer;
import dev.athanor.nn.Initializers;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.nn.VarianceScaling;
import dev.athanor.nn.VarianceScaling.Distribution;
import dev.athanor.nn.VarianceScaling.Fan;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.EnumSet;

/**
 * Initialisers: moments against those of their distributions, matrices against what defines them, and what zeros do to training.
 *
 * <p>The mean of n numbers of variance σ² has the standard deviation σ/√n, their variance about σ²·√((κ − 1)/n) with κ the fourth
 * standardised moment: 3 of a normal distribution, 9/5 of a uniform one, 2.06 of a normal one cut off at 2σ. Five of these are
 * allowed; seeds are fixed.
 */
final class InitializerTests extends TensorFamily {
  private static final double NORMAL = 3;
  private static final double UNIFORM = 1.8;
  private static final double CUT = 2.06;
  private static final int ROWS = 40;
  private static final int COLUMNS = 50;

  InitializerTests(Device device) {
    super(device);
  }

  @Override
  void define() {
    variances();
    gains();
    fans();
    truncated();
    structures();
    zeros();
    once("every name finds its initialiser, in float32 and float64", () -> {
      for (Initializers i : Initializers.values()) {
        assertEquals(i, Initializers.of(i.label()));
        for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
          Tensor w = draw(i.get(), dtype, 2, 3, 3);
          assertEquals(Shape.of(2, 3, 3), w.shape());
          assertEquals(dtype, w.dtype());
        }
      }
      fails(() -> Initializers.of("he"), "'he'", "he-normal", "orthogonal");
    });
    once("initialiser errors say what was expected", () -> {
      fails(() -> draw(Initializer.orthogonal(1), DType.FLOAT64, 3), "orthogonal:", "two axes", "[3]");
      fails(() -> draw(Initializer.identity(), DType.FLOAT64, 3), "identity:", "two axes");
      fails(() -> Initializer.sparse(1.5, 1), "sparse:", "[0, 1]", "1.5");
      fails(() -> Initializer.truncatedNormal(0, 1, 2, 1), "truncatedNormal:", "2.0", "1.0");
      fails(() -> Initializer.normal(0, -1), "normal:", "-1.0");
      fails(() -> new VarianceScaling(0, Fan.IN, Distribution.NORMAL), "VarianceScaling:", "above 0");
    });
  }

  /** With fan-in 50 and fan-out 40. */
  private Tensor draw(Initializer initializer, DType dtype, long... dims) {
    try (Generator g = device.generator(11)) {
      return initializer.sample(g, dtype, Shape.of(dims), COLUMNS, ROWS);
    }
  }

  private void moments(String title, Initializer initializer, double mean, double variance, double kurtosis, double bound) {
    once(title + " has mean " + mean + " and variance " + variance, () -> {
      for (DType dtype : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
        double[] x = draw(initializer, dtype, ROWS, COLUMNS).toDoubles();
        double n = x.length;
        double m = java.util.Arrays.stream(x).sum() / n;
        double v = java.util.Arrays.stream(x).map(a -> (a - mean) * (a - mean)).sum() / n;
        assertEquals(mean, m, 5 * Math.sqrt(variance / n) + 1e-7, "mean, " + dtype);
        assertEquals(variance, v, 5 * variance * Math.sqrt((kurtosis - 1) / n) + 1e-9, "variance, " + dtype);
        for (double a : x) {
          assertTrue(Math.abs(a - mean) <= bound * (1 + 1e-6), () -> dtype + ": " + a + " is outside ±" + bound);
        }
      }
    });
  }

  private void variances() {
    double any = Double.POSITIVE_INFINITY;
    moments("constant", Initializer.constant(0.3), 0.3, 0, 1, 1e-7);
    moments("normal", Initializer.normal(2, 0.5), 2, 0.25, NORMAL, any);
    moments("uniform", Initializer.uniform(-1, 3), 1, 16.0 / 12, UNIFORM, 2);
    moments("glorot normal", Initializer.glorotNormal(), 0, 2.0 / 90, NORMAL, any);
    moments("glorot uniform", Initializer.glorotUniform(), 0, 2.0 / 90, UNIFORM, Math.sqrt(6.0 / 90));
    moments("he normal", Initializer.heNormal(), 0, 2.0 / 50, NORMAL, any);
    moments("he uniform", Initializer.heUniform(), 0, 2.0 / 50, UNIFORM, Math.sqrt(6.0 / 50));
    moments("he, fan-out, leaky", Initializer.he(Unary.of(UnaryOp.LEAKY_RELU, 0.5), Fan.OUT, Distribution.UNIFORM), 0,
        2 / 1.25 / 40, UNIFORM, Math.sqrt(6 / 1.25 / 40));
    moments("lecun normal", Initializer.lecunNormal(), 0, 1.0 / 50, NORMAL, any);
    moments("lecun uniform", Initializer.lecunUniform(), 0, 1.0 / 50, UNIFORM, Math.sqrt(3.0 / 50));
    moments("lecun truncated normal", new VarianceScaling(1, Fan.IN, Distribution.TRUNCATED_NORMAL), 0, 1.0 / 50, CUT,
        2 * Math.sqrt(1.0 / 50) / 0.8796256610342398);
    moments("fan-in uniform", Initializer.fanInUniform(), 0, 1.0 / 150, UNIFORM, Math.sqrt(1.0 / 50));
  }

  /** {@code 1/√E[f(z)²]} by the trapezoidal rule over ±8, whose error for smooth functions is far below the digits given. */
  private void gains() {
    once("gains are those of a standard normal input", () -> {
      int n = 1601;
      Tensor z = device.linspace(DType.FLOAT64, -8, 8, n);
      Tensor density = z.square().mul(-0.5).exp().mul(0.01 / Math.sqrt(2 * Math.PI));
      for (UnaryOp op : EnumSet.of(UnaryOp.RELU, UnaryOp.LEAKY_RELU, UnaryOp.ELU, UnaryOp.CELU, UnaryOp.SOFTPLUS, UnaryOp.SWISH,
          UnaryOp.HARD_SWISH, UnaryOp.MISH, UnaryOp.GELU, UnaryOp.GELU_TANH, UnaryOp.GELU_SIGMOID, UnaryOp.SOFTSIGN,
          UnaryOp.HARD_TANH, UnaryOp.RELU6)) {
        Unary f = Unary.of(op);
        double gain = 1 / Math.sqrt(z.apply(f).square().mul(density).sum().item());
        assertEquals(gain, VarianceScaling.gain(f), 2e-4, op.name());
      }
      assertEquals(5.0 / 3, VarianceScaling.gain(Unary.of(UnaryOp.TANH)));
      assertEquals(0.75, VarianceScaling.gain(Unary.of(UnaryOp.SELU)));
      assertEquals(1, VarianceScaling.gain(Unary.of(UnaryOp.SIGMOID)));
    });
  }

  /** The fans that layers give are their weights' numbers of connections. */
  private void fans() {
    once("fan-in and fan-out of linear layers and convolutions, transposed, grouped and strided too", () -> {
      fan(new Linear(6, 4).init(record(), Initializer.zeros()), 6, 4);
      fan(new Conv2d(6, 4, 3).init(record(), Initializer.zeros()), 54, 36);
      fan(new Conv2d(6, 4, 3).groups(2).stride(2).init(record(), Initializer.zeros()), 27, 18);
      fan(new ConvTranspose2d(6, 4, 3).init(record(), Initializer.zeros()), 54, 36);
      fan(new ConvTranspose2d(6, 4, 2).groups(2).stride(2).init(record(), Initializer.zeros()), 3, 8);
    });
    once("LeCun's rule keeps the variance through a transposed convolution with a stride", () -> {
      try (Layer up = new ConvTranspose2d(8, 8, 4).stride(2).padding(1).init(Initializer.lecunNormal(), Initializer.zeros())
          .initialize(device, 5); Generator g = device.generator(3)) {
        Tensor y = up.apply(g.normal(DType.FLOAT32, Shape.of(2, 8, 6, 6))).slice(2, 2, 10).slice(3, 2, 10);
        // Each output has 32 terms; the 1024 weights give Σw² per output channel a relative standard deviation of √(2/128), and
        // the
        // 576 inputs add about √(2/576): together below 0.06 for the mean over 8 channels. Five of these are allowed.
        assertEquals(1, y.square().mean().item(), 0.3);
      }
    });
  }

  private long[] seen;

  private Initializer record() {
    return (g, dtype, shape, in, out) -> {
      seen = new long[] {in, out};
      return g.device().zeros(dtype, shape);
    };
  }

  private void fan(Layer layer, long in, long out) {
    try (Layer built = layer.initialize(device, 1)) {
      assertEquals(in + " in, " + out + " out", seen[0] + " in, " + seen[1] + " out", built.toString());
    }
  }

  /** Moments of a normal distribution between bounds: N. Johnson et al., Continuous Univariate Distributions 1, 13.10. */
  private void truncated() {
    double cut = 0.8796256610342398 * 0.8796256610342398;
    moments("normal cut off at ±2σ", Initializer.truncatedNormal(1, 0.5, 0, 2), 1, 0.25 * cut, CUT, 1);
    once("half a normal distribution has the mean √(2/π) and the variance 1 − 2/π", () -> {
      double[] x = draw(Initializer.truncatedNormal(0, 1, 0, 50), DType.FLOAT64, ROWS, COLUMNS).toDoubles();
      double n = x.length;
      double variance = 1 - 2 / Math.PI;
      double mean = Math.sqrt(2 / Math.PI);
      assertEquals(mean, java.util.Arrays.stream(x).sum() / n, 5 * Math.sqrt(variance / n));
      assertEquals(variance, java.util.Arrays.stream(x).map(a -> (a - mean) * (a - mean)).sum() / n,
          5 * variance * Math.sqrt((3.87 - 1) / n)); // the half-normal's fourth moment
    });
  }

  private void structures() {
    once("orthogonal: rows or columns are orthonormal, times the gain", () -> {
      for (long[] dims : new long[][] {{4, 7}, {7, 4}, {5, 5}, {4, 2, 3}, {1, 3}}) {
        Tensor w = draw(Initializer.orthogonal(1.5), DType.FLOAT64, dims).reshape(dims[0], -1);
        long small = Math.min(w.dim(0), w.dim(1));
        Tensor gram = w.dim(0) <= w.dim(1) ? w.matmul(w.transpose()) : w.transpose().matmul(w);
        near(1e-14, gram, dims(small, small), device.eye(DType.FLOAT64, small).mul(2.25).toDoubles());
      }
    });
    once("sparse: each output keeps its share of inputs, normal with the deviation given", () -> {
      Tensor w = draw(Initializer.sparse(0.75, 2), DType.FLOAT32, 200, 30);
      double[] kept = w.ne(0).cast(DType.FLOAT64).sum(1).toDoubles();
      for (double k : kept) {
        assertEquals(30 - Math.ceil(22.5), k);
      }
      double n = 200 * 7;
      assertEquals(4, w.cast(DType.FLOAT64).square().sum().item() / n, 5 * 4 * Math.sqrt(2 / n));
      expect(draw(Initializer.sparse(1, 1), DType.FLOAT64, 1, 2), dims(1, 2), 0, 0);
      assertEquals(6, draw(Initializer.sparse(0, 1), DType.FLOAT64, 2, 3).ne(0).cast(DType.FLOAT64).sum().item());
    });
    once("identity passes its input on, through matrices and convolutions", () -> {
      expect(draw(Initializer.identity(), DType.FLOAT64, 2, 3), dims(2, 3), 1, 0, 0, 0, 1, 0);
      try (Layer conv = new Conv2d(3, 3, 3).padding(1).bias(false).init(Initializer.identity(), Initializer.zeros())
          .initialize(device, DType.FLOAT64, 1)) {
        Tensor x = some(1, 2, 3, 4, 4);
        expect(conv.apply(x), dims(2, 3, 4, 4), x.toDoubles());
      }
    });
  }

  /** Why not zeros: hidden units that start alike get the same gradients, so a hidden layer is no more than one unit. */
  private void zeros() {
    once("from zeros XOR is not learned, from Glorot's numbers it is", () -> {
      for (Initializer same : new Initializer[] {Initializer.zeros(), Initializer.constant(0.5)}) {
        try (Layer model = xor(same)) {
          double loss = train(model, 25);
          double[] w = model.parameters().get("0.weight").toDoubles();
          for (int unit = 1; unit < 4; unit++) {
            assertEquals(w[0], w[2 * unit], 1e-12, "the units stay alike");
            assertEquals(w[1], w[2 * unit + 1], 1e-12, "the units stay alike");
          }
          assertTrue(loss > 0.3, () -> "one unit cannot tell XOR, yet the loss is " + loss);
        }
      }
      try (Layer model = xor(Initializer.glorotUniform())) {
        double loss = train(model, 80);
        assertTrue(loss < 0.05, () -> "the loss is still " + loss);
      }
    });
  }

  private Layer xor(Initializer weights) {
    return new Sequential(new Linear(2, 4).init(weights, Initializer.zeros()), Activation.tanh(),
        new Linear(4, 1).init(weights, Initializer.zeros())).initialize(device, DType.FLOAT64, 2);
  }

  private double train(Layer model, int steps) {
    Tensor x = t(dims(4, 2), 0, 0, 0, 1, 1, 0, 1, 1);
    Tensor y = t(dims(4, 1), 0, 1, 1, 0);
    double last = 0;
    try (Optimizer adam = Optimizer.adam(model, 0.1)) {
      for (int step = 0; step < steps; step++) {
        try (Scope _ = device.scope()) {
          Tensor loss = new BinaryCrossEntropy().of(model.apply(x), y);
          loss.backward();
          adam.step();
          adam.zeroGrad();
          last = step == steps - 1 ? loss.item() : 0;
        }
      }
    }
    return last;
  }
}
