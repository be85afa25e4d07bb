package dev.athanor.bench.gpu;

import dev.athanor.bench.race.Ours;
import dev.athanor.bench.track.Case;
import dev.athanor.bench.track.Numbers;
import dev.athanor.bench.track.Part;
import dev.athanor.bench.track.Part.BatchNorm;
import dev.athanor.bench.track.Part.Conv;
import dev.athanor.bench.track.Part.Linear;
import dev.athanor.bench.track.Part.Residual;
import dev.athanor.bench.track.Part.Simple;
import dev.athanor.exec.Input;
import dev.athanor.exec.Plan;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.loss.Loss;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** A case of the race on a device, each step with a fresh batch from the host. */
final class Network implements AutoCloseable {
  private final Device device;
  private final Case c;
  private final Sequential model;
  private final Loss loss = new CrossEntropy();
  private final Optimizer optimizer;
  private final Plan plan;
  private final MemorySegment[] inputs = new MemorySegment[Case.BATCHES];
  private final MemorySegment[] targets = new MemorySegment[Case.BATCHES];
  private final Shape inputShape;
  private final Shape targetShape;
  private long steps;

  Network(Device device, Case c) {
    this.device = device;
    this.c = c;
    model = Ours.build(c.network());
    model.initialize(device, 1);
    Ours.setWeights(model, Numbers.weights(c));
    model.training(true);
    optimizer = c.adam() ? Optimizer.adam(model, c.rate()) : Optimizer.sgd(model, c.rate());
    inputShape = Shape.of(c.batchDims());
    targetShape = Shape.of(c.batch());
    float[][] x = Numbers.inputs(c);
    int[][] y = Numbers.labels(c);
    for (int b = 0; b < Case.BATCHES; b++) {
      inputs[b] = MemorySegment.ofArray(x[b]);
      targets[b] = MemorySegment.ofArray(Arrays.stream(y[b]).asLongStream().toArray());
    }
    plan = Plan.of(device, in -> List.of(written(in.get(0), in.get(1))));
  }

  /** The cases that are compared with PyTorch: MLP (batch 128), LeNet (64), ResNet-18 on 32 × 32 (128); or tiny ones of their kinds. */
  static List<Case> compared(boolean quick) {
    if (!quick) {
      Case resnet = Case.of("resnet18-16");
      return List.of(Case.of("mlp-128"), Case.of("lenet-64"), new Case("resnet18-128", "ResNet-18 on 32×32, SGD, batch 128",
          resnet.kind(), resnet.network(), resnet.input(), 128, false, resnet.rate(), 0));
    }
    List<Part> block = List.of(new Conv(4, 4, 3, 1, 1, false), new BatchNorm(4));
    return List.of(
        tiny("mlp", List.of(new Linear(12, 16), Simple.RELU, new Linear(16, 10)), true, 12),
        tiny("lenet", List.of(new Conv(1, 4, 3, 1, 0, true), Simple.RELU, Simple.MAX_POOL_2, Simple.FLATTEN, new Linear(36, 10)),
            true, 1, 8, 8),
        tiny("resnet18", List.of(new Conv(3, 4, 3, 1, 1, false), new BatchNorm(4), Simple.RELU, new Residual(block, List.of()),
            Simple.RELU, Simple.GLOBAL_AVERAGE, new Linear(4, 10)), false, 3, 6, 6));
  }

  private static Case tiny(String name, List<Part> network, boolean adam, int... input) {
    return new Case(name + "-tiny", name + " of tiny size, batch 4", Case.Kind.CLASSIFY, network, input, 4, adam, 1e-3, 0);
  }

  private Tensor written(Tensor x, Tensor target) {
    Tensor l = loss.of(model.apply(x), target);
    l.backward();
    optimizer.step();
    optimizer.zeroGrad();
    return l;
  }

  private int next() {
    return (int) (steps++ % Case.BATCHES);
  }

  /** One step as it is written. */
  void eager() {
    int b = next();
    try (var _ = device.scope()) {
      written(device.tensor(inputs[b], DType.FLOAT32, inputShape), device.tensor(targets[b], DType.INT64, targetShape));
    }
  }

  /** One step by the plan: recorded at the second call, replayed from then on. */
  void captured() {
    int b = next();
    plan.run(Input.of(inputs[b], DType.FLOAT32, inputShape), Input.of(targets[b], DType.INT64, targetShape));
  }

  /** A batch that lies on the device: features and classes. It belongs to the innermost scope. */
  Tensor[] batch() {
    return new Tensor[] {device.tensor(inputs[0], DType.FLOAT32, inputShape), device.tensor(targets[0], DType.INT64, targetShape)};
  }

  /** One step as it is written, with a batch that lies on the device. */
  void eager(Tensor[] batch) {
    try (var _ = device.scope()) {
      written(batch[0], batch[1]);
    }
  }

  /** The same by the plan. */
  void captured(Tensor[] batch) {
    plan.run(batch);
  }

  /** The loss of the next batch, and one step as it is written. */
  float loss() {
    int b = next();
    try (var _ = device.scope()) {
      return (float) written(device.tensor(inputs[b], DType.FLOAT32, inputShape), device.tensor(targets[b], DType.INT64,
          targetShape)).item();
    }
  }

  Case of() {
    return c;
  }

  @Override
  public void close() {
    plan.close();
    optimizer.close();
    model.close();
  }
}
