package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.autograd.Autograd;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.CosineEmbedding;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.loss.Focal;
import dev.athanor.loss.GaussianNegativeLogLikelihood;
import dev.athanor.loss.Hinge;
import dev.athanor.loss.Huber;
import dev.athanor.loss.KullbackLeibler;
import dev.athanor.loss.Loss;
import dev.athanor.loss.Losses;
import dev.athanor.loss.MeanAbsoluteError;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.loss.MultiMargin;
import dev.athanor.loss.Penalty;
import dev.athanor.loss.PoissonNegativeLogLikelihood;
import dev.athanor.loss.Reduction;
import dev.athanor.loss.Scores;
import dev.athanor.loss.Triplet;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Losses: values and gradients against PyTorch's for every reduction, numerical checks, saturated inputs, errors. */
final class LossTests extends GoldenFamily {
  private final Map<String, Case> cases = new LinkedHashMap<>();

  /** A loss of two or three inputs, given the classes' weights of the golden numbers. */
  private interface Case {
    Tensor of(Reduction reduction, Tensor weights, List<Tensor> in);
  }

  /** A loss of a prediction and a target. */
  private interface Plain {
    Loss of(Reduction reduction, Tensor weights);
  }

  LossTests(Device device) {
    super(device);
    put("mse", (r, w) -> new MeanSquaredError(r));
    put("mae", (r, w) -> new MeanAbsoluteError(r));
    put("huber", (r, w) -> new Huber().reduction(r));
    put("huber-0.5", (r, w) -> new Huber(0.5).reduction(r));
    put("smooth-l1", (r, w) -> Huber.smoothL1(1).reduction(r));
    put("smooth-l1-0.5", (r, w) -> Huber.smoothL1(0.5).reduction(r));
    put("bce", (r, w) -> new BinaryCrossEntropy(r));
    put("bce-positive", (r, w) -> new BinaryCrossEntropy(r).positiveWeight(2.5));
    put("bce-smoothing", (r, w) -> new BinaryCrossEntropy(r).smoothing(0.1));
    put("bce-probabilities", (r, w) -> new BinaryCrossEntropy(r).from(Scores.PROBABILITIES));
    put("ce", (r, w) -> new CrossEntropy(r));
    put("ce-weights", (r, w) -> new CrossEntropy(r).weights(w));
    put("ce-ignored", (r, w) -> new CrossEntropy(r).ignoring(-100));
    put("ce-smoothing", (r, w) -> new CrossEntropy(r).smoothing(0.1));
    put("ce-everything", (r, w) -> new CrossEntropy(r).weights(w).ignoring(-100).smoothing(0.1));
    put("ce-image", (r, w) -> new CrossEntropy(r).weights(w));
    put("ce-soft", (r, w) -> new CrossEntropy(r));
    put("ce-soft-everything", (r, w) -> new CrossEntropy(r).weights(w).smoothing(0.1));
    put("ce-extreme", (r, w) -> new CrossEntropy(r));
    put("ce-probabilities", (r, w) -> new CrossEntropy(r).from(Scores.PROBABILITIES));
    put("nll", (r, w) -> CrossEntropy.negativeLogLikelihood().reduction(r));
    put("nll-everything", (r, w) -> CrossEntropy.negativeLogLikelihood().reduction(r).weights(w).ignoring(-100));
    put("nll-image", (r, w) -> CrossEntropy.negativeLogLikelihood().reduction(r));
    put("kl", (r, w) -> new KullbackLeibler(r, false));
    put("kl-log", (r, w) -> new KullbackLeibler(r, true));
    put("multi-margin", (r, w) -> new MultiMargin(r, 1, 1, null));
    put("multi-margin-everything", (r, w) -> new MultiMargin(r, 0.5, 2, w));
    put("hinge", (r, w) -> new Hinge(r, 1, false));
    put("hinge-squared", (r, w) -> new Hinge(r, 0.5, true));
    put("poisson", (r, w) -> new PoissonNegativeLogLikelihood(r, true, false));
    put("poisson-full", (r, w) -> new PoissonNegativeLogLikelihood(r, true, true));
    put("poisson-rate", (r, w) -> new PoissonNegativeLogLikelihood(r, false, false));
    put("focal", (r, w) -> new Focal(r, 2, 0.25));
    put("focal-classes", (r, w) -> new Focal(r, 2, -1));
    cases.put("cosine-embedding", (r, w, in) -> new CosineEmbedding(r, 0).of(in.get(0), in.get(1), in.get(2)));
    cases.put("cosine-embedding-0.3", (r, w, in) -> new CosineEmbedding(r, 0.3).of(in.get(0), in.get(1), in.get(2)));
    cases.put("triplet", (r, w, in) -> new Triplet(r, 1, 2, false).of(in.get(0), in.get(1), in.get(2)));
    cases.put("triplet-1-swap", (r, w, in) -> new Triplet(r, 0.5, 1, true).of(in.get(0), in.get(1), in.get(2)));
    cases.put("gaussian", (r, w, in) -> new GaussianNegativeLogLikelihood(r, false, 1e-6).of(in.get(0), in.get(1), in.get(2)));
    cases.put("gaussian-full", (r, w, in) -> new GaussianNegativeLogLikelihood(r, true, 0.01).of(in.get(0), in.get(1),
        in.get(2)));
  }

  private void put(String name, Plain loss) {
    cases.put(name, (r, w, in) -> loss.of(r, w).of(in.get(0), in.get(1)));
  }

  @Override
  void define() {
    cases.forEach((name, c) -> {
      for (DType dtype : TYPES) {
        once(name + " " + dtype + " as PyTorch", () -> values(name, c, dtype));
      }
    });
    gradients();
    ends();
    penalties();
    test("every name finds its loss", () -> {
      for (String label : Losses.labels()) {
        assertEquals(label, Losses.of(label).label());
      }
      fails(() -> Losses.of("mse"), "'mse'", "mean-squared-error", "cross-entropy");
    });
    errors();
  }

  private void values(String name, Case c, DType dtype) {
    String prefix = "loss." + name + ".";
    int n = golden.has(prefix + "2") ? 3 : 2;
    Tensor weights = golden(dtype, "loss.weight4");
    for (Reduction reduction : Reduction.values()) {
      Tensor[] in = new Tensor[n];
      for (int i = 0; i < n; i++) {
        in[i] = golden(dtype, prefix + i);
        if (reduction == Reduction.MEAN && golden.has(prefix + "grad." + i)) {
          in[i].requiresGrad(true);
        }
      }
      Tensor value = c.of(reduction, weights, List.of(in));
      nearGolden(prefix + reduction, value, reduction == Reduction.NONE ? 1 : 4);
      if (reduction == Reduction.MEAN) {
        value.backward();
        for (int i = 0; i < n; i++) {
          if (golden.has(prefix + "grad." + i)) {
            nearGolden(prefix + "grad." + i, in[i].grad(), 4);
          }
        }
      }
    }
  }

  /** Each with one reduction: the others differ by a mean or a sum, and their values are compared. */
  private void gradients() {
    Tensor labels = device.tensor(new long[] {1, -7, 2}).persist();
    Tensor pair = device.tensor(new int[] {1, -1, 0}).persist();
    once("numbers, first and second order", () -> {
      Reduction r = Reduction.NONE;
      Tensor x = some(1, 2, 3);
      Tensor t = some(2, 2, 3);
      both(in -> new MeanAbsoluteError(r).of(in.get(0), in.get(1)), x, t);
      both(in -> new Huber(0.7).reduction(r).of(in.get(0), in.get(1)), x, t);
      both(in -> new PoissonNegativeLogLikelihood(r, true, true).of(in.get(0), in.get(1)), x, positive(3, 2, 3).mul(3));
      both(in -> new PoissonNegativeLogLikelihood(r, false, false).of(in.get(0), in.get(1)), positive(4, 2, 3), positive(3, 2,
          3));
      both(in -> new GaussianNegativeLogLikelihood(r, true, 1e-6).of(in.get(0), in.get(1), in.get(2)), x, t, positive(5, 2, 3));
    });
    once("yes or no, first and second order", () -> {
      Reduction r = Reduction.MEAN;
      Tensor x = some(1, 2, 3);
      Tensor t = positive(2, 2, 3).mul(0.5);
      both(in -> new BinaryCrossEntropy(r).positiveWeight(2).smoothing(0.2).of(in.get(0), in.get(1)), x, t);
      both(in -> new BinaryCrossEntropy(r).from(Scores.PROBABILITIES).of(in.get(0), in.get(1)), positive(6, 2, 3).mul(0.5), t);
      both(in -> new Focal(r, 2, 0.25).of(in.get(0), in.get(1)), x, t);
      both(in -> new Hinge(r, 1, false).of(in.get(0), x.sign()), some(7, 2, 3));
      both(in -> new Hinge(r, 1, true).of(in.get(0), x.sign()), some(7, 2, 3));
    });
    once("classes, first and second order", () -> {
      Reduction r = Reduction.SUM;
      Tensor x = some(8, 3, 3);
      Tensor w = positive(9, 3);
      Tensor valid = labels.maskedFill(labels.lt(0), 1);
      both(in -> new CrossEntropy(r).weights(in.get(1)).ignoring(-7).smoothing(0.1).of(in.get(0), labels), x, w);
      both(in -> CrossEntropy.negativeLogLikelihood().reduction(r).ignoring(-7).of(in.get(0), labels), x);
      both(in -> new CrossEntropy(r).from(Scores.PROBABILITIES).of(in.get(0), valid), positive(10, 3, 3).mul(0.5));
      both(in -> new CrossEntropy(r).smoothing(0.1).of(in.get(0), in.get(1)), x, positive(11, 3, 3));
      both(in -> new CrossEntropy(r).of(in.get(0), valid.reshape(1, 3)), some(12, 1, 3, 3));
      both(in -> new Focal(r, 2, -1).of(in.get(0), valid), x);
      both(in -> new MultiMargin(r, 1, 2, in.get(1)).of(in.get(0), valid), x, w);
      both(in -> new KullbackLeibler(r, false).of(in.get(0), in.get(1)), x, positive(13, 3, 3));
      both(in -> new KullbackLeibler(r, true).of(in.get(0), in.get(1)), x, some(14, 3, 3));
    });
    once("vectors, first and second order", () -> {
      Reduction r = Reduction.MEAN;
      both(in -> new CosineEmbedding(r, -0.9).of(in.get(0), in.get(1), pair), some(15, 3, 2), some(16, 3, 2));
      both(in -> new Triplet(r, 3, 2, true).of(in.get(0), in.get(1), in.get(2)), some(17, 2, 2), some(18, 2, 2), some(19, 2, 2));
    });
  }

  private void ends() {
    test("certain probabilities cost at most 100, as PyTorch", () -> {
      for (DType dtype : TYPES) {
        Tensor p = golden(dtype, "loss.bce-certain.0").requiresGrad(true);
        Tensor t = golden(dtype, "loss.bce-certain.1");
        Tensor loss = new BinaryCrossEntropy(Reduction.NONE).from(Scores.PROBABILITIES).of(p, t);
        nearGolden("loss.bce-certain.NONE", loss);
        finite(Autograd.grad(loss.sum(), p).getFirst());
        Tensor classes = t.cast(DType.INT64).slice(0, 0, 2);
        Tensor rows = p.detach().reshape(2, 2).requiresGrad(true);
        Tensor nll = new CrossEntropy(Reduction.NONE).from(Scores.PROBABILITIES).of(rows, classes);
        finite(nll);
        finite(Autograd.grad(nll.sum(), rows).getFirst());
      }
    });
    test("saturated logits give finite losses and gradients", () -> {
      for (DType dtype : TYPES) {
        Tensor x = v(-1e4, -100, 0, 100, 1e4, 30).cast(dtype).reshape(2, 3).requiresGrad(true);
        Tensor t = v(1, 0, 1, 0, 1, 0.5).cast(dtype).reshape(2, 3);
        Tensor classes = device.tensor(new int[] {0, 2});
        for (Losses l : Losses.values()) {
          if (l == Losses.POISSON) {
            continue; // e^x is its formula
          }
          Tensor target = l.takes(Losses.Kind.CLASSES) ? classes : t;
          Tensor loss = l.create().of(x, target);
          finite(loss);
          finite(Autograd.grad(loss, x).getFirst());
        }
        finite(new KullbackLeibler().of(x.logSoftmax(1), t));
      }
    });
    test("NaN passes into every loss", () -> {
      Tensor x = v(Double.NaN, 1, 2, 3).reshape(2, 2);
      Tensor classes = device.tensor(new long[] {0, 1});
      for (Losses l : Losses.values()) {
        double value = l.create().of(x, l.takes(Losses.Kind.CLASSES) ? classes : count(2, 2).div(3)).item();
        assertTrue(Double.isNaN(value), () -> l + " of NaN is " + value);
      }
    });
    test("zero vectors have a cosine and a gradient", () -> {
      Tensor a = v(0, 0, 1, 0).reshape(2, 2).requiresGrad(true);
      Tensor loss = new CosineEmbedding().of(a, v(0, 0, 0, 0).reshape(2, 2), device.tensor(new long[] {1, -1}));
      near(1e-15, loss, dims(), 0.5);
      finite(Autograd.grad(loss, a).getFirst());
      Tensor b = v(1, 2).reshape(1, 2).requiresGrad(true);
      finite(Autograd.grad(new Triplet().of(b, b, b), b).getFirst());
    });
    test("ignored examples have loss and gradient 0, and nothing but them gives NaN", () -> {
      Tensor x = count(2, 3).requiresGrad(true);
      CrossEntropy loss = new CrossEntropy().ignoring(9);
      Tensor one = device.tensor(new long[] {9, 1});
      expect(Autograd.grad(loss.of(x, one), x).getFirst().slice(0, 0, 1), dims(1, 3), 0, 0, 0);
      near(1e-15, loss.of(x, one), dims(), new CrossEntropy().of(x.slice(0, 1, 2), one.slice(0, 1, 2)).item());
      assertTrue(Double.isNaN(loss.of(x, device.tensor(new long[] {9, 9})).item()));
      expect(loss.reduction(Reduction.SUM).of(x, device.tensor(new long[] {9, 9})), dims(), 0);
    });
  }

  private static void finite(Tensor x) {
    for (double value : x.toDoubles()) {
      assertTrue(Double.isFinite(value), () -> "not finite: " + java.util.Arrays.toString(x.toDoubles()));
    }
  }

  private void penalties() {
    once("penalties count weights, not biases", () -> {
      try (Layer layer = new Linear(2, 2).initialize(device, DType.FLOAT64, 1)) {
        Tensor w = layer.parameters().get("weight");
        w.detach().assign(t(dims(2, 2), 1, -2, 0, 3));
        near(1e-15, new Penalty(0.5, 0.1).of(layer), dims(), 0.5 * 6 + 0.1 * 14);
        near(1e-15, Penalty.l1(2).of(layer), dims(), 12);
        expect(Autograd.grad(Penalty.l2(0.5).of(layer), w).getFirst(), dims(2, 2), 1, -2, 0, 3);
      }
      both(in -> new Penalty(0.3, 0.2).of(List.of(in.get(0), in.get(1))), some(1, 2, 2), some(2, 3));
    });
  }

  private void errors() {
    test("loss errors say what was expected", () -> {
      Tensor x = count(4, 3);
      Tensor classes = device.tensor(new long[] {0, 1, 2, 0});
      fails(() -> new MeanAbsoluteError().of(x, v(1, 2)), "MeanAbsoluteError:", "[4, 3]", "[2]");
      fails(() -> new Huber().of(x, classes), "Huber:", "not classes", "int64[4]");
      fails(() -> new Huber(0), "Huber:", "above 0");
      fails(() -> new CrossEntropy().of(x, v(1, 2)), "CrossEntropy:", "classes", "float64[2]", "MeanSquaredError");
      fails(() -> new CrossEntropy().of(x, device.tensor(new long[] {1})), "CrossEntropy:", "[4]", "[1]");
      fails(() -> new CrossEntropy().of(v(1), classes), "CrossEntropy:", "[N, classes, …]", "float64[1]");
      fails(() -> new CrossEntropy().weights(v(1, 2)).of(x, classes), "CrossEntropy:", "weights", "[3]", "[2]");
      fails(() -> new CrossEntropy().ignoring(1).of(x, x), "CrossEntropy:", "soft targets");
      fails(() -> new CrossEntropy().smoothing(1), "CrossEntropy:", "[0, 1)", "1.0");
      fails(() -> new BinaryCrossEntropy().from(Scores.LOG_PROBABILITIES), "BinaryCrossEntropy:", "logits or probabilities");
      fails(() -> new KullbackLeibler().of(x, classes), "KullbackLeibler:", "probabilities", "int64[4]");
      fails(() -> new MultiMargin().of(x, x), "MultiMargin:", "classes", "float64[4, 3]");
      fails(() -> new MultiMargin(Reduction.SUM, 1, 3, null), "MultiMargin:", "1 or 2", "3");
      fails(() -> new CosineEmbedding().of(x, count(4, 2), classes), "CosineEmbedding:", "[4, 3]", "[4, 2]");
      fails(() -> new Triplet().of(x, x, count(2, 3)), "Triplet:", "negative", "[4, 3]", "[2, 3]");
      fails(() -> new GaussianNegativeLogLikelihood().of(x, x, v(1)), "GaussianNegativeLogLikelihood:", "variance", "[4, 3]");
      fails(() -> new Focal(Reduction.MEAN, 0.5, 0.25), "Focal:", "gamma", "0.5");
      fails(() -> Penalty.l1(1).of(List.of()), "Penalty:", "no weights");
    });
  }
}
