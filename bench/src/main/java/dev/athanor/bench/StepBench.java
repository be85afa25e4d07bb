package dev.athanor.bench;

import dev.athanor.exec.Plan;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.loss.Loss;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One training step as a user writes it: forward, loss, backward, optimizer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class StepBench {
  /** The network and the batch size. */
  @Param({"mlp-32", "mlp-128", "mlp-512", "small-32", "lenet-64"})
  public String network;

  /** As it is written, or replayed from a plan. */
  @Param({"written", "replayed"})
  public String mode;

  private Plan plan;
  private Device device;
  private Layer model;
  private Loss loss;
  private Optimizer optimizer;
  private Tensor x;
  private Tensor target;

  /** A network on random data. */
  @Setup
  public void open() {
    device = Device.open("cpu");
    var g = device.generator(1);
    long batch = Long.parseLong(network.substring(network.indexOf('-') + 1));
    switch (network.substring(0, network.indexOf('-'))) {
      case "mlp" -> {
        model = new Sequential(new Linear(784, 512), Activation.relu(), new Linear(512, 512), Activation.relu(),
            new Linear(512, 10));
        x = g.uniform(DType.FLOAT32, Shape.of(batch, 784));
      }
      case "lenet" -> {
        model = new Sequential(new Conv2d(1, 20, 5), Activation.relu(), new MaxPool2d(2), new Conv2d(20, 50, 5),
            Activation.relu(),
            new MaxPool2d(2), new Flatten(), new Linear(800, 500), Activation.relu(), new Linear(500, 10));
        x = g.uniform(DType.FLOAT32, Shape.of(batch, 1, 28, 28));
      }
      default -> {
        model = new Sequential(new Linear(30, 64), Activation.relu(), new Linear(64, 64), Activation.relu(), new Linear(64, 1));
        x = g.uniform(DType.FLOAT32, Shape.of(batch, 30));
      }
    }
    model.initialize(device, 1);
    boolean binary = network.startsWith("small");
    loss = binary ? new BinaryCrossEntropy() : new CrossEntropy();
    target = binary ? g.bernoulli(Shape.of(batch, 1), 0.5).cast(DType.FLOAT32)
        : g.uniform(DType.FLOAT32, Shape.of(batch), 0, 10).cast(DType.INT64);
    optimizer = binary ? Optimizer.sgd(model, 0.01) : Optimizer.adam(model, 1e-3);
    plan = Plan.of(device, in -> written(in.get(0), in.get(1)));
  }

  /** One step. */
  @Benchmark
  public void step() {
    if (mode.equals("replayed")) {
      plan.run(x, target);
    } else {
      try (var _ = device.scope()) {
        written(x, target);
      }
    }
  }

  private List<Tensor> written(Tensor features, Tensor targets) {
    loss.of(model.apply(features), targets).backward();
    optimizer.step();
    optimizer.zeroGrad();
    return List.of();
  }

  /** Floating-point operations of the matrix products and convolutions of a step, for the share of the machine's limit. */
  static double flops(String network) {
    double batch = Double.parseDouble(network.substring(network.indexOf('-') + 1));
    return switch (network.substring(0, network.indexOf('-'))) {
      // Forward and weight gradient of every layer, input gradient of every layer but the first.
      case "mlp" -> 2 * batch * (2 * 784 * 512 + 3 * 512 * 512 + 3 * 512 * 10);
      case "lenet" -> 2 * batch * (2 * 24 * 24 * 20 * 25 + 3 * 8 * 8 * 50 * 500 + 3 * 800 * 500 + 3 * 500 * 10);
      default -> 2 * batch * (2 * 30 * 64 + 3 * 64 * 64 + 3 * 64);
    };
  }

  /** Ends the device. */
  @TearDown
  public void close() {
    plan.close();
    optimizer.close();
    model.close();
    device.close();
  }
}
