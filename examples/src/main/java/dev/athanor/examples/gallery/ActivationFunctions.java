package dev.athanor.examples.gallery;

import dev.athanor.autograd.Autograd;
import dev.athanor.nn.Activations;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Every activation that has a name, and its derivative as reverse mode computes it. */
final class ActivationFunctions implements Exhibit {
  private static final double FROM = -4;
  private static final double TO = 4;

  @Override
  public String name() {
    return "activations";
  }

  @Override
  public String title() {
    return "Activation functions and their derivatives";
  }

  @Override
  public Work make(Studio studio) {
    double[] x = Field.places(FROM, TO, studio.size(321, 81));
    var figure = new Figure(4, 280, 180).heading("f(x): blue, solid;  f'(x): orange, dashed");
    Map<String, Double> numbers = new LinkedHashMap<>();
    int flat = 0;
    double steepest = 0;
    for (Activations a : Activations.values()) {
      double[] y = new double[x.length];
      double[] slope = new double[x.length];
      evaluate(studio, a, x, y, slope);
      figure.add(new Plot(a.label(), "", "").line("f", Palette.BLUE, Plot.Stroke.SOLID, 2.5, x, y)
          .line("f'", Palette.RED, Plot.Stroke.DASHED, x, slope).range(FROM, TO).ticks(40, 30).plain());
      double largest = Arrays.stream(slope).max().orElseThrow();
      steepest = Math.max(steepest, largest);
      flat += Math.abs(slope[0]) < 0.05 && Math.abs(slope[x.length - 1]) < 0.05 ? 1 : 0;
      if (a == Activations.SIGMOID || a == Activations.TANH || a == Activations.RELU || a == Activations.GELU) {
        numbers.put("largest slope of " + a.label(), largest);
      }
    }
    numbers.put("functions", (double) Activations.values().length);
    numbers.put("with slopes below 0.05 at both ends", (double) flat);
    numbers.put("largest slope of all", steepest);
    return new Work(figure,
        "Each function (solid, blue) and its derivative (dashed, orange) from −4 to 4; the derivatives come from "
        + "automatic differentiation. The logistic function's slope is never above ¼, so each layer of it shrinks the "
        + "gradients that pass; ReLU and its relatives have the slope 1, or close to it, on the right. The step's "
        + "derivative is the straight-through one.",
        numbers);
  }

  private static void evaluate(Studio studio, Activations a, double[] at, double[] y, double[] slope) {
    try (Scope _ = studio.device().scope(); Layer layer = a.create().initialize(studio.device(), DType.FLOAT64, studio.seed())) {
      layer.training(false);
      Tensor x = studio.device().tensor(at, at.length, 1).requiresGrad(true);
      Tensor out = layer.apply(x);
      System.arraycopy(out.toDoubles(), 0, y, 0, y.length);
      System.arraycopy(Autograd.grad(out.sum(), x).getFirst().toDoubles(), 0, slope, 0, slope.length);
    }
  }
}
