package dev.athanor.bench.race;

import dev.athanor.bench.track.Case;
import dev.athanor.bench.track.Contestant;
import dev.athanor.bench.track.Lane;
import dev.athanor.bench.track.Numbers;
import dev.athanor.bench.track.Part;
import dev.athanor.data.ArrayDataset;
import dev.athanor.data.Batch;
import dev.athanor.data.DataLoader;
import dev.athanor.exec.Input;
import dev.athanor.exec.Plan;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.loss.Loss;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.LayerNorm;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Residual;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Athanor in the race: each case written as a user writes it, with layers, a loss and an optimizer. A step is a {@link Plan}
 * whose inputs come from the host's memory each time, which is how the trainer runs it; with the argument {@value #WRITTEN}, it
 * runs operation by operation.
 */
public final class Ours implements Contestant {
  /** The argument for steps without plans. */
  static final String WRITTEN = "written";

  private final Device device = Device.open("cpu");
  private final boolean plans;

  private Ours(boolean plans) {
    this.plans = plans;
  }

  /** Runs the lane. */
  public static void main(String[] args) throws Exception {
    Lane.serve(new Ours(!List.of(args).contains(WRITTEN)));
  }

  @Override
  public String title() {
    return plans ? "Athanor" : "Athanor without plans";
  }

  @Override
  public Steps open(Case c) {
    return c.kind() == Case.Kind.LOAD ? new Loading(c) : new Network(c);
  }

  // ---- networks

  /** The network of these parts, without weights. */
  public static Sequential build(List<Part> parts) {
    return new Sequential(parts.stream().map(Ours::build).toList());
  }

  private static Layer build(Part part) {
    return switch (part) {
      case Part.Linear l -> new Linear(l.in(), l.out());
      case Part.Conv c -> new Conv2d(c.in(), c.out(), c.kernel()).stride(c.stride()).padding(c.padding()).bias(c.bias());
      case Part.BatchNorm b -> new BatchNorm(b.channels());
      case Part.LayerNorm l -> new LayerNorm(l.features());
      case Part.Residual r -> r.shortcut().isEmpty() ? new Residual(build(r.body())) : new Residual(build(r.body()),
          build(r.shortcut()));
      case Part.Simple s -> switch (s) {
        case RELU -> Activation.relu();
        case GELU -> Activation.gelu();
        case SOFTMAX -> Activation.softmax(-1);
        case MAX_POOL_2 -> new MaxPool2d(2);
        case GLOBAL_AVERAGE -> new GlobalAverage();
        case FLATTEN -> new Flatten();
      };
    };
  }

  private static final class GlobalAverage extends Layer {
    @Override
    protected Tensor forward(Tensor x) {
      return x.mean(2, 3);
    }
  }

  /** Sets the first weights of every layer that has some; norms start at 1 and 0 by themselves. */
  public static void setWeights(Layer model, Iterator<float[]> weights) {
    for (Layer layer : model.layers().values()) {
      if (layer instanceof Linear || layer instanceof Conv2d) {
        Tensor w = layer instanceof Linear l ? l.weight() : ((Conv2d) layer).weight();
        Tensor b = layer instanceof Linear l ? l.bias() : ((Conv2d) layer).bias();
        set(w, weights.next());
        if (b != null) {
          set(b, weights.next());
        }
      }
    }
  }

  private static void set(Tensor parameter, float[] values) {
    Device device = parameter.device();
    try (var _ = device.scope(); var _ = Tape.noGrad()) {
      parameter.assign(device.tensor(values, parameter.shape().dims()));
    }
  }

  private final class Network implements Steps {
    private final Case c;
    private final Sequential model;
    private final Loss loss;
    private final Optimizer optimizer;
    private final Input[][] batches = new Input[Case.BATCHES][];
    private final Plan plan;

    Network(Case c) {
      this.c = c;
      this.model = build(c.network());
      model.initialize(device, 1);
      setWeights(model, Numbers.weights(c));
      model.training(c.trains());
      boolean binary = c.kind() == Case.Kind.BINARY;
      this.loss = binary ? new BinaryCrossEntropy() : new CrossEntropy();
      this.optimizer = !c.trains() ? null : c.adam() ? Optimizer.adam(model, c.rate()) : Optimizer.sgd(model, c.rate());
      this.plan = Plan.of(device, this::compute);
      float[][] x = Numbers.inputs(c);
      int[][] y = Numbers.labels(c);
      for (int b = 0; b < Case.BATCHES; b++) {
        Input in = Input.of(MemorySegment.ofArray(x[b]), DType.FLOAT32, Shape.of(c.batchDims()));
        batches[b] = !c.trains() ? new Input[] {in} : new Input[] {in,
            binary ? Input.of(MemorySegment.ofArray(floats(y[b])), DType.FLOAT32, Shape.of(c.batch(), 1))
                : Input.of(MemorySegment.ofArray(longs(y[b])), DType.INT64, Shape.of(c.batch()))};
      }
    }

    @Override
    public double step(long i, boolean report) {
      Input[] batch = batches[(int) (i % Case.BATCHES)];
      if (plans) {
        return result(plan.run(batch).getFirst(), report);
      }
      try (var _ = device.scope()) {
        List<Tensor> tensors = new ArrayList<>(batch.length);
        for (Input in : batch) {
          tensors.add(in.tensor(device));
        }
        return result(compute(tensors).getFirst(), report);
      }
    }

    /** The step: its loss, or the outputs of inference. */
    private List<Tensor> compute(List<Tensor> in) {
      if (!c.trains()) {
        try (var _ = Tape.noGrad()) {
          return List.of(model.apply(in.getFirst()));
        }
      }
      Tensor l = loss.of(model.apply(in.get(0)), in.get(1));
      l.backward();
      optimizer.step();
      optimizer.zeroGrad();
      return List.of(l);
    }

    /** Inference copies its outputs to the host at each step, training its loss where it is asked for. */
    private double result(Tensor t, boolean report) {
      if (c.trains()) {
        return report ? t.item() : 0;
      }
      double sum = 0;
      for (float v : t.toFloats()) {
        sum += v;
      }
      return sum;
    }

    @Override
    public void close() {
      plan.close();
      if (optimizer != null) {
        optimizer.close();
      }
      model.close();
    }
  }

  private static float[] floats(int[] values) {
    float[] r = new float[values.length];
    for (int i = 0; i < r.length; i++) {
      r[i] = values[i];
    }
    return r;
  }

  private static long[] longs(int[] values) {
    return java.util.Arrays.stream(values).asLongStream().toArray();
  }

  // ---- data

  private final class Loading implements Steps {
    private final DataLoader loader;

    Loading(Case c) {
      loader = DataLoader.of(ArrayDataset.values("race", Numbers.examples(c), Shape.of(c.exampleSize()), new float[Case.EXAMPLES],
          Shape.of(1))).batch(c.batch()).shuffle(5).build();
    }

    @Override
    public double step(long i, boolean report) {
      double sum = 0;
      int batches = 0;
      for (Batch b = loader.next(); b != null; b = loader.next(), batches++) {
        try (var _ = device.scope()) {
          Tensor x = device.tensor(b.features(), DType.FLOAT32, b.featureShape());
          sum += report ? x.toFloats()[0] : b.features().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
        }
      }
      loader.nextEpoch();
      return sum / batches;
    }

    @Override
    public void close() {
      loader.close();
    }
  }
}
