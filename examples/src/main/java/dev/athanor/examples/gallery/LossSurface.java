package dev.athanor.examples.gallery;

import dev.athanor.autograd.Autograd;
import dev.athanor.examples.gallery.Field.Shades;
import dev.athanor.examples.gallery.Palette.Ramp;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The loss of the smallest deep network, y = σ(w₂σ(w₁x)), over its two weights for the one example x = 1 with target 1, and where
 * it curves downwards: there the Hessian matrix, from three backward passes over all places at once, has a negative eigenvalue.
 */
final class LossSurface implements Exhibit {
  private static final double REACH = 10;
  private static final double FLAT = 1e-3;

  @Override
  public String name() {
    return "loss-surface";
  }

  @Override
  public String title() {
    return "The loss of σ(w₂σ(w₁x)) is not convex";
  }

  @Override
  public Work make(Studio studio) {
    double[] places = Field.places(-REACH, REACH, studio.size(121, 31));
    Map<String, Double> numbers = new LinkedHashMap<>();
    var losses = new Figure(2, 600, 440);
    // h is w₂σ(w₁x); the output is σ(h).
    Surface squared = surface(studio, places, h -> h.sigmoid().rsub(1).square());
    Surface entropy = surface(studio, places, h -> h.logSigmoid().neg());
    add(losses, numbers, "squared error", squared, 1);
    add(losses, numbers, "cross-entropy", entropy, 10);
    curvature(losses, "squared error", squared);
    curvature(losses, "cross-entropy", entropy);
    return new Work(losses,
        "Above the losses over the weights w₁ and w₂ of y = σ(w₂σ(w₁x)) for x = 1 and target 1; below, in orange, where "
        + "the loss has a direction of negative curvature (a negative eigenvalue of its Hessian), so that it is not "
        + "convex. The squared error is flat wherever the output saturates, also where it is wrong; the cross-entropy "
        + "still has a slope there.",
        numbers);
  }

  /** Loss, smaller eigenvalue of the Hessian, and the gradient's norm at each place. */
  private record Surface(Field loss, Field curvature, Field slope) {
    double share(Field f, java.util.function.DoublePredicate wanted) {
      return java.util.Arrays.stream(f.values()).filter(wanted).count() / (double) f.values().length;
    }
  }

  private static Surface surface(Studio studio, double[] places, UnaryOperator<Tensor> lossOf) {
    double[] pairs = Field.pairs(places, places);
    int n = pairs.length / 2;
    double[] first = new double[n];
    double[] second = new double[n];
    for (int i = 0; i < n; i++) {
      first[i] = pairs[2 * i];
      second[i] = pairs[2 * i + 1];
    }
    try (Scope _ = studio.device().scope()) {
      Tensor w1 = studio.device().tensor(first, n).requiresGrad(true);
      Tensor w2 = studio.device().tensor(second, n).requiresGrad(true);
      Tensor loss = lossOf.apply(w2.mul(w1.sigmoid()));
      List<Tensor> g = Autograd.grad(List.of(loss.sum()), List.of(w1, w2), null, true, true);
      List<Tensor> row = Autograd.grad(List.of(g.get(0).sum()), List.of(w1, w2), null, true, false);
      double[] h22 = Autograd.grad(List.of(g.get(1).sum()), List.of(w2), null, true, false).getFirst().toDoubles();
      double[] h11 = row.get(0).toDoubles();
      double[] h12 = row.get(1).toDoubles();
      double[] g1 = g.get(0).toDoubles();
      double[] g2 = g.get(1).toDoubles();
      double[] smaller = new double[n];
      double[] slope = new double[n];
      for (int i = 0; i < n; i++) {
        smaller[i] = (h11[i] + h22[i]) / 2 - Math.hypot((h11[i] - h22[i]) / 2, h12[i]);
        slope[i] = Math.hypot(g1[i], g2[i]);
      }
      return new Surface(new Field(places, places, loss.toDoubles()), new Field(places, places, smaller),
          new Field(places, places, slope));
    }
  }

  private static void add(Figure figure, Map<String, Double> numbers, String name, Surface s, double top) {
    figure.add(new Plot(name, "w₁", "w₂").field(s.loss, new Shades(Ramp.VIRIDIS, 0, top, 20), true));
    numbers.put(name + ": share with negative curvature", s.share(s.curvature, v -> v < -1e-12));
    numbers.put(name + ": share with a gradient below 0.001", s.share(s.slope, v -> v < FLAT));
    double wrong = 0;
    double flat = 0;
    for (int i = 0; i < s.loss.values().length; i++) {
      if (s.loss.ys()[i / s.loss.xs().length] < 0) { // w₂ < 0: the output is below a half
        wrong++;
        flat += s.slope.values()[i] < 0.01 ? 1 : 0;
      }
    }
    numbers.put(name + ": where the answer is wrong, share with a gradient below 0.01", flat / wrong);
  }

  private static void curvature(Figure figure, String name, Surface s) {
    // The sign is what counts: two colours, that of negative values from 0 on.
    figure.add(new Plot(name + ": negative curvature (orange)", "w₁", "w₂")
        .field(s.curvature.map(v -> -v), new Shades(Ramp.CURVED, -1e-9, 1e-9, 2), false));
  }
}
