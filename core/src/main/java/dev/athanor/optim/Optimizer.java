package dev.athanor.optim;

import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes parameters by their gradients, all in one step on the device. The state (momentum and the like) belongs to the
 * optimizer and lives outside scopes. A parameter without a gradient is left alone; the step count, which Adam's corrections use,
 * is one for all.
 *
 * <pre>{@code
 * Optimizer optimizer = Optimizer.adam(model, 1e-3);
 * ...
 * loss.backward();
 * optimizer.step();
 * optimizer.zeroGrad();
 * }</pre>
 */
public final class Optimizer implements AutoCloseable {
  private final OptimizerRule rule;
  private final List<Slot> slots = new ArrayList<>();
  private final List<List<View>> states = new ArrayList<>();
  private final Device device;
  private final Tensor hyper;
  private final double[] hyperValues = new double[2];
  private final MemorySegment hyperBytes = MemorySegment.ofArray(hyperValues);
  private double learningRate;
  private long steps;

  /** A parameter with its state. */
  private record Slot(String name, Tensor parameter, List<Tensor> state, List<View> stateViews) {}

  /**
   * An optimizer over named parameters, all leaves on one device.
   *
   * @param rule how parameters change
   * @param learningRate positive or 0
   */
  public Optimizer(OptimizerRule rule, double learningRate, Map<String, Tensor> parameters) {
    Checks.require(!parameters.isEmpty(), "optimizer", "there are no parameters; a model with layers that wait for their first "
        + "input has them after its first batch");
    this.rule = rule;
    this.device = parameters.values().iterator().next().device();
    learningRate(learningRate);
    this.hyper = device.zeros(DType.FLOAT64, Shape.of(2)).persist();
    parameters.forEach((name, p) -> {
      Checks.require(p.device() == device, "optimizer", "all parameters must lie on one device; " + name + " lies on "
          + p.device());
      Checks.require(p.node() != null && p.node().isLeaf(), "optimizer", "parameter " + name
          + " is no leaf that requires gradients");
      Checks.require(p.view().isContiguous(), "optimizer", "parameter " + name + " is not contiguous; use copy()");
      var state = new ArrayList<Tensor>();
      var views = new ArrayList<View>();
      for (int i = 0; i < rule.stateSlots(); i++) {
        Tensor s = device.zeros(p.dtype(), p.shape()).persist();
        state.add(s);
        views.add(s.view());
      }
      Slot slot = new Slot(name, p, state, List.copyOf(views));
      slots.add(slot);
      states.add(slot.stateViews);
    });
  }

  /** An optimizer over all parameters of a model, which must be built. */
  public Optimizer(OptimizerRule rule, double learningRate, Layer model) {
    this(rule, learningRate, built(model).parameters());
  }

  private static Layer built(Layer model) {
    Checks.require(model.device() != null, "optimizer", "the model is on no device: call model.initialize(device, seed) first");
    Checks.require(model.isBuilt(), "optimizer", "a layer of the model waits for its first input; run a batch through the model "
        + "first");
    return model;
  }

  /** Plain gradient descent. */
  public static Optimizer sgd(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.Sgd(0, 0, false, 0), learningRate, model);
  }

  /** Gradient descent with momentum, in Nesterov's form or not. */
  public static Optimizer sgd(Layer model, double learningRate, double momentum, boolean nesterov) {
    return new Optimizer(new OptimizerRule.Sgd(momentum, 0, nesterov, 0), learningRate, model);
  }

  /** Adam with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸. */
  public static Optimizer adam(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0, false, false, false), learningRate, model);
  }

  /** Adam with decoupled weight decay. */
  public static Optimizer adamW(Layer model, double learningRate, double weightDecay) {
    return new Optimizer(new OptimizerRule.Adam(0.9, 0.999, 1e-8, weightDecay, true, false, false), learningRate, model);
  }

  /**
   * Changes every parameter that has a gradient.
   *
   * @throws dev.athanor.AthanorException if a parameter was closed
   */
  public void step() {
    try (Scope _ = device.internalScope()) {
      boolean all = true;
      List<View> parameters = new ArrayList<>(slots.size());
      List<View> gradients = new ArrayList<>(slots.size());
      for (Slot s : slots) {
        Tensor g = s.parameter.grad();
        if (g == null) {
          all = false;
        } else {
          parameters.add(s.parameter.view());
          gradients.add(g.contiguous().view());
          s.parameter.changed("an optimizer step");
        }
      }
      steps++;
      if (parameters.isEmpty()) {
        return;
      }
      hyperValues[0] = learningRate;
      hyperValues[1] = steps;
      device.backend().upload(hyperBytes, hyper.view().buffer(), 0);
      device.fused().optimizerStep(new OptimizerStep(rule, hyper.view(), parameters, gradients, all ? states : statesOfMoved()));
    }
  }

  private List<List<View>> statesOfMoved() {
    var moved = new ArrayList<List<View>>(slots.size());
    for (Slot s : slots) {
      if (s.parameter.grad() != null) {
        moved.add(s.stateViews);
      }
    }
    return moved;
  }

  /** Drops the gradients of all parameters. */
  public void zeroGrad() {
    for (Slot s : slots) {
      s.parameter.zeroGrad();
    }
  }

  /**
   * Scales the gradients so that their common Euclidean norm is at most {@code maxNorm}, on the device.
   *
   * @return the norm before, a scalar on the device, owned by the caller's scope
   */
  public Tensor clipGradients(double maxNorm) {
    Checks.require(maxNorm > 0, "clipGradients", "the norm must be positive: " + maxNorm);
    var gradients = new ArrayList<View>(slots.size());
    DType dtype = slots.getFirst().parameter.dtype();
    for (Slot s : slots) {
      Tensor g = s.parameter.grad();
      if (g != null) {
        gradients.add(g.view());
        g.changed("clipGradients");
      }
    }
    Tensor norm = device.result("clipGradients", dtype, Shape.SCALAR);
    device.fused().globalNorm(gradients, norm.view());
    device.fused().clipToNorm(gradients, norm.view(), maxNorm);
    return norm;
  }

  /** The learning rate. */
  public double learningRate() {
    return learningRate;
  }

  /** Sets the learning rate from the next step on; finite and not negative. */
  public void learningRate(double value) {
    Checks.require(value >= 0 && Double.isFinite(value), "optimizer", "the learning rate must be finite and not negative: "
        + value);
    learningRate = value;
  }

  /** The update rule. */
  public OptimizerRule rule() {
    return rule;
  }

  /** The number of steps taken. */
  public long steps() {
    return steps;
  }

  /** Sets the number of steps taken, when continuing a run. */
  public void steps(long value) {
    Checks.require(value >= 0, "optimizer", "the number of steps must not be negative: " + value);
    steps = value;
  }

  /**
   * The state tensors under names such as {@code 0.weight.exp_avg}; owned by the optimizer. Assigning to them continues a run.
   */
  public Map<String, Tensor> state() {
    var all = new LinkedHashMap<String, Tensor>();
    for (Slot s : slots) {
      for (int i = 0; i < s.state.size(); i++) {
        all.put(s.name + "." + rule.stateNames().get(i), s.state.get(i));
      }
    }
    return all;
  }

  /** Gives the memory of the state back. */
  @Override
  public void close() {
    slots.forEach(s -> s.state.forEach(Tensor::close));
    hyper.close();
  }
}
