package dev.athanor.examples.gallery;

import dev.athanor.loss.CrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Initializer;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Residual;
import dev.athanor.nn.Sequential;
import dev.athanor.examples.data.BuiltinDatasets;
import dev.athanor.data.Dataset;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The norm of each layer's gradient in networks of 50 layers before their first step; in float64, for its range. */
final class GradientsByDepth implements Exhibit {
  private static final int DEPTH = 50;
  private static final int WIDTH = 64;

  @Override
  public String name() {
    return "gradients-by-depth";
  }

  @Override
  public String title() {
    return "Gradients by depth in networks of 50 layers";
  }

  /** How a layer is made of a linear one. */
  private enum Kind {
    SIGMOID("sigmoid, Glorot", Palette.RED, Plot.Stroke.SOLID, Initializer.glorotUniform()) {
      @Override
      List<Layer> block(Linear linear) {
        return List.of(linear, Activation.sigmoid());
      }
    },
    RELU_GLOROT("ReLU, Glorot", Palette.YELLOW, Plot.Stroke.DASHED, Initializer.glorotUniform()) {
      @Override
      List<Layer> block(Linear linear) {
        return List.of(linear, Activation.relu());
      }
    },
    RELU_HE("ReLU, He", Palette.GREEN, Plot.Stroke.SOLID, Initializer.heNormal()) {
      @Override
      List<Layer> block(Linear linear) {
        return List.of(linear, Activation.relu());
      }
    },
    BATCH_NORM("ReLU, batch norm", Palette.PINK, Plot.Stroke.DASHED, Initializer.heNormal()) {
      @Override
      List<Layer> block(Linear linear) {
        return List.of(linear, new BatchNorm(WIDTH), Activation.relu());
      }
    },
    SIGMOID_BATCH_NORM("sigmoid, batch norm", Palette.SKY, Plot.Stroke.DASHED, Initializer.glorotUniform()) {
      @Override
      List<Layer> block(Linear linear) {
        return List.of(linear, new BatchNorm(WIDTH), Activation.sigmoid());
      }
    },
    RESIDUAL("residual", Palette.BLUE, Plot.Stroke.SOLID, Initializer.heNormal()) {
      @Override
      List<Layer> block(Linear linear) {
        return List.of(new Residual(new Sequential(new BatchNorm(WIDTH), Activation.relu(), linear)));
      }
    };

    private final String label;
    private final java.awt.Color colour;
    private final Plot.Stroke stroke;
    private final Initializer weights;

    Kind(String label, java.awt.Color colour, Plot.Stroke stroke, Initializer weights) {
      this.label = label;
      this.colour = colour;
      this.stroke = stroke;
      this.weights = weights;
    }

    abstract List<Layer> block(Linear linear);

    Sequential network() {
      List<Layer> layers = new ArrayList<>();
      for (int i = 0; i < DEPTH; i++) {
        layers.addAll(block(new Linear(WIDTH, WIDTH).init(weights, Initializer.zeros())));
      }
      layers.add(new Linear(WIDTH, 10));
      return new Sequential(layers);
    }
  }

  @Override
  public Work make(Studio studio) {
    Dataset digits = BuiltinDatasets.digits();
    int batch = studio.size(256, 64);
    Plot plot = new Plot("", "layer, from the input", "norm of the gradient of its weights").range(0, DEPTH).logY().legendBeside()
        .ticks(80, 45);
    Map<String, Double> numbers = new LinkedHashMap<>();
    double[] layer = Field.places(1, DEPTH, DEPTH);
    for (Kind kind : Kind.values()) {
      double[] norms = norms(studio.device(), kind, digits, batch, studio.seed());
      plot.line(kind.label, kind.colour, kind.stroke, 2.2, layer, norms);
      numbers.put(kind.label + ": layer 1", norms[0]);
      numbers.put(kind.label + ": layer 50", norms[DEPTH - 1]);
    }
    return new Work(new Figure(1, 1000, 520).add(plot),
        "The gradient that reaches each of 50 layers of 64 units, before training, on a batch of digits. With the "
        + "logistic function it shrinks by more than a factor of four a layer, so the first layers do not learn. ReLU "
        + "keeps it with He's first values; with Glorot's, signals and gradients both halve in power at each layer, and "
        + "what is left is tiny everywhere. Batch norm keeps the signals alive, but with ReLU the gradient grows towards "
        + "the input; in the residual network it reaches every layer at about the same strength.",
        numbers);
  }

  private static double[] norms(Device device, Kind kind, Dataset data, int batch, long seed) {
    double[] x = Studio.doubles(Arrays.copyOf(Studio.features(data), batch * WIDTH));
    long[] labels = new long[batch];
    Arrays.setAll(labels, data::label);
    try (Layer model = kind.network().initialize(device, DType.FLOAT64, seed); Scope _ = device.scope()) {
      Tensor y = model.apply(device.tensor(x, batch, WIDTH));
      new CrossEntropy().of(y, device.tensor(labels, batch)).backward();
      double[] norms = model.parameters().values().stream().filter(p -> p.rank() == 2).mapToDouble(p -> p.grad().norm().item())
          .toArray();
      return Arrays.copyOf(norms, DEPTH);
    }
  }
}
