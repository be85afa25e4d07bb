package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.autograd.Anomaly;
import dev.athanor.autograd.GraphTrace;
import dev.athanor.data.ArrayDataset;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.AnomalyWatch;
import dev.athanor.train.NetworkWatch;
import dev.athanor.train.Trainer;
import dev.athanor.train.WatchReport;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Pictures of the graph, the search for values that are not finite, and the watch on a network in training. */
final class WatchingTests extends TensorFamily {
  WatchingTests(Device device) {
    super(device);
  }

  @Override
  void define() {
    pictures();
    anomalies();
    watch();
    anomalyInTraining();
  }

  private Tensor leaf(double v) {
    return device.scalar(DType.FLOAT64, v).requiresGrad(true);
  }

  private void pictures() {
    test("the lectures' neuron: values and gradients at the nodes", () -> {
      Tensor x = leaf(1);
      Tensor w = leaf(0);
      Tensor b = leaf(0);
      try (var trace = new GraphTrace()) {
        trace.name(x, "x").name(w, "w").name(b, "b");
        w.mul(x).add(b).neg().exp().add(1).rdiv(1).backward();
        String dot = trace.toDot();
        for (String label : List.of("w\\n0\\n0.25", "x\\n1\\n0", "b\\n0\\n0.25", "mul\\n0\\n0.25", "add\\n0\\n0.25",
            "neg\\n0\\n-0.25",
            "exp\\n1\\n-0.25", "add\\n2\\n-0.25", "div\\n0.5\\n1")) {
          assertTrue(dot.contains("label=\"" + label + "\""), () -> label + " in " + dot);
        }
        assertEquals(10, dot.split("->", -1).length - 1, "edges");
        String svg = trace.toSvg();
        assertEquals(11, svg.split("rx=\"6\"", -1).length - 1, "boxes");
        assertEquals(10, svg.split("marker-end", -1).length - 1, "edges");
        var factory = javax.xml.parsers.DocumentBuilderFactory.newInstance();
        factory.newDocumentBuilder().parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
      }
      x.zeroGrad();
      w.zeroGrad();
      b.zeroGrad();
    });
    test("boxes do not overlap, and nothing is noted after the end", () -> {
      Tensor x = some(1, 3).requiresGrad(true);
      var trace = new GraphTrace();
      Tensor y = x.sin().mul(x.cos()).add(x.exp().mul(x.square()).sum()).sum();
      trace.close();
      String svg = trace.toSvg();
      var boxes = new ArrayList<double[]>();
      Matcher m = Pattern.compile("<rect x=\"([-.0-9]+)\" y=\"([-.0-9]+)\" width=\"([.0-9]+)\" height=\"([.0-9]+)\"")
          .matcher(svg);
      while (m.find()) {
        boxes.add(new double[] {Double.parseDouble(m.group(1)), Double.parseDouble(m.group(2)), Double.parseDouble(m.group(3)),
            Double.parseDouble(m.group(4))});
      }
      assertTrue(boxes.size() >= 9, svg);
      for (double[] a : boxes) {
        for (double[] b : boxes) {
          boolean apart = a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
          assertTrue(a == b || apart, svg);
        }
      }
      y.square().sum();
      assertEquals(svg, trace.toSvg());
    });
  }

  private void anomalies() {
    test("the first result that is not finite is named, with its place", () -> {
      try (var _ = Anomaly.detect()) {
        Tensor x = v(1, 0, 2).requiresGrad(true);
        fails(() -> x.add(1).sub(1).log().mul(0).sum(), "anomaly", "the result of log", "-Infinity at [1]", "in [0.0, 2.0]");
        Tensor fine = v(1, 2).requiresGrad(true);
        fine.log().sum().backward();
        fine.zeroGrad();
      }
    });
    test("the first gradient that is not finite is named", () -> {
      try (var _ = Anomaly.detect()) {
        Tensor x = t(dims(1, 2), 1, 0).requiresGrad(true);
        Tensor y = x.sqrt().sum();
        fails(y::backward, "anomaly", "the gradient that sqrt gave its input 0", "Infinity at [0, 1]", "sqrt was called at");
      }
    });
    test("what was bad before is said to be", () -> {
      try (var _ = Anomaly.detect()) {
        Tensor x = v(1, 2).requiresGrad(true);
        fails(() -> x.mul(v(1, Double.NaN)), "input 1 of mul", "a constant", "NaN at [1]");
      }
    });
    test("infinities may be allowed, and off means off", () -> {
      Tensor x = v(1, 0).requiresGrad(true);
      try (var _ = Anomaly.detectNan()) {
        assertTrue(x.log().sum().item() < 0);
        fails(() -> x.sub(1).div(x.sub(1)), "the result of div", "NaN at [0]");
      }
      assertTrue(Double.isNaN(x.sub(1).div(x.sub(1)).sum().item()));
    });
  }

  // ---- networks

  private static ArrayDataset data() {
    float[] x = new float[16 * 4];
    float[] y = new float[16];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) someNumber(3, i);
      y[i / 4] += x[i] / 4;
    }
    return ArrayDataset.values("made", x, Shape.of(4), y, Shape.of(1));
  }

  /** Trains one epoch of two steps, every step watched; the reports. */
  private List<WatchReport> watched(Layer model, double rate, long every) {
    var reports = new ArrayList<WatchReport>();
    try (model; Trainer trainer = Trainer.of(model, new MeanSquaredError(),
        m -> Optimizer.sgd(m, rate)).epochs(1).batch(8).seed(1)
        .callback(NetworkWatch.every(every, reports::add)).build()) {
      trainer.fit(data());
    }
    return reports;
  }

  /** A chain of layers, its weights scaled. */
  private Layer chain(int depth, java.util.function.Supplier<Layer> activation, double scale) {
    var layers = new ArrayList<Layer>();
    for (int i = 0; i < depth; i++) {
      layers.add(new Linear(4, 4));
      layers.add(activation.get());
    }
    layers.add(new Linear(4, 1));
    Layer model = new Sequential(layers).initialize(device, 5);
    try (var _ = dev.athanor.autograd.Tape.noGrad(); var _ = device.scope()) {
      model.parameters().forEach((name, p) -> {
        if (name.endsWith("weight")) {
          p.mulInPlace(device.constant(p.dtype(), scale));
        }
      });
    }
    return model;
  }

  private void watch() {
    plain("statistics against their definitions", () -> {
      List<WatchReport> reports = watched(chain(1, Activation::relu, 1), 0.1, 1);
      assertEquals(2, reports.size());
      WatchReport first = reports.getFirst();
      assertEquals(1, first.step());
      assertEquals(List.of("0", "1", "2"), first.layers().stream().map(WatchReport.Activation::layer).toList());
      assertEquals(List.of("0.weight", "0.bias", "2.weight", "2.bias"),
          first.parameters().stream().map(WatchReport.Parameter::name).toList());
      for (WatchReport.Parameter p : first.parameters()) {
        // Plain gradient descent: the update is the gradient times the rate.
        assertEquals(0.1 * p.gradient().norm(), p.update().norm(), 1e-5 * p.update().norm() + 1e-7, p.name());
        assertEquals(p.value().rms() * Math.sqrt(p.name().startsWith("0.w") ? 16 : p.name().equals("2.bias") ? 1 : 4),
            p.value().norm(),
            1e-9, p.name());
      }
      for (WatchReport.Activation a : first.layers()) {
        NetworkWatch.Statistics s = a.output();
        assertEquals(s.rms() * s.rms(), s.mean() * s.mean() + s.std() * s.std(), 1e-5 * s.rms() * s.rms(), a.layer());
        assertTrue(s.largest() >= s.rms());
      }
      // The mean squared error's gradient at the output is 2(y − t)/n, so its root mean square is 2√loss/n for n = 8 outputs.
      assertEquals(2 * Math.sqrt(first.loss()) / 8, first.layers().getLast().gradient().rms(), 1e-6);
      assertTrue(first.layers().get(1).output().zeros() > 0, "a rectifier puts out zeros");
      assertTrue(first.toString().contains("0.weight"));
    });
    plain("every second step", () -> assertEquals(List.of(1L), watched(chain(1, Activation::tanh, 1), 0.1, 2).stream().map(
        WatchReport::step).toList()));
    plain("vanishing gradients are found, and the layer named", () -> {
      WatchReport r = watched(chain(8, Activation::sigmoid, 0.5), 0.1, 1).getFirst();
      assertTrue(r.findings().stream().anyMatch(f -> f.startsWith("vanishing gradient: at the output of '0' (Linear")),
          r.toString());
      assertFalse(r.findings().stream().anyMatch(f -> f.startsWith("exploding")), r.toString());
    });
    plain("exploding gradients are found, and the layer named", () -> {
      WatchReport r = watched(chain(8, () -> Activation.of(dev.athanor.backend.UnaryOp.LEAKY_RELU), 12), 1e-30, 1).getFirst();
      assertTrue(r.findings().stream().anyMatch(f -> f.matches("exploding gradient: at the output of '[01]'.*")), r.toString());
    });
    plain("dead units are found", () -> {
      Layer model = chain(1, Activation::relu, 1);
      try (var _ = dev.athanor.autograd.Tape.noGrad()) {
        model.parameters().get("0.bias").fill(-100);
      }
      WatchReport r = watched(model, 0.1, 1).getFirst();
      assertEquals(1, r.layers().get(1).deadUnits());
      assertTrue(r.findings().stream().anyMatch(f -> f.startsWith("dead units: 100 % of the units of '1'")), r.toString());
    });
    plain("a good network has no findings, and reading it changes nothing", () -> {
      List<WatchReport> reports = watched(chain(2, Activation::tanh, 1), 0.02, 1);
      assertEquals(List.of(), reports.getFirst().findings(), () -> reports.toString().toLowerCase(Locale.ROOT));
      assertArrayEquals(trained(true), trained(false));
    });
  }

  private static final class Logarithm extends Layer {
    @Override
    protected Tensor forward(Tensor x) {
      return x.relu().log();
    }
  }

  private void anomalyInTraining() {
    plain("in training: the operation, and the step it begins with", () -> {
      Layer model = new Sequential(new Linear(4, 3), new Logarithm(), new Linear(3, 1)).initialize(device, 2);
      try (model; Trainer trainer = Trainer.of(model, new MeanSquaredError(),
          m -> Optimizer.sgd(m, 0.1)).epochs(1).batch(8).seed(1)
          .callback(AnomalyWatch.everyStep()).build()) {
        fails(() -> trainer.fit(data()), "anomaly: the result of log", "-Infinity at [", "Logarithm.forward");
        // After the end nothing is looked at any more.
        assertTrue(Double.isInfinite(v(0).requiresGrad(true).log().item()));
      }
      Layer well = chain(1, Activation::tanh, 1);
      try (well; Trainer trainer = Trainer.of(well, new MeanSquaredError(), m -> Optimizer.sgd(m, 0.1)).epochs(1).batch(8)
          .callback(AnomalyWatch.after(1)).build()) {
        assertEquals(1, trainer.fit(data()).epochs().size());
      }
    });
  }

  private double[] trained(boolean watching) {
    try (Layer model = chain(2, Activation::tanh, 1)) {
      var builder = Trainer.of(model, new MeanSquaredError(), m -> Optimizer.sgd(m, 0.05)).epochs(2).batch(8).seed(1);
      if (watching) {
        builder.callback(NetworkWatch.every(2, _ -> { }));
      }
      try (Trainer trainer = builder.build()) {
        trainer.fit(data());
      }
      return model.parameters().get("0.weight").toDoubles();
    }
  }
}
