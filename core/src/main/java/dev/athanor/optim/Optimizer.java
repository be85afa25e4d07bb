package dev.athanor.optim;

import dev.athanor.autograd.Tape;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.nn.Layer;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Recording;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Stepped;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes parameters by their gradients, each group of them in one step on the device. The state (momentum and the like) belongs
 * to the optimizer and lives outside scopes. A parameter without a gradient is left alone; the step count, which Adam's
 * corrections use, is one for all.
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
  /** Learning rate, step count, product of momenta: see {@link OptimizerStep#hyper}. */
  private static final int HYPER = 3;

  private final List<Group> groups = new ArrayList<>();
  private final List<Slot> slots = new ArrayList<>();
  private final Device device;
  private final Tensor hyper;
  private final double[] hyperValues;
  private final MemorySegment hyperBytes;
  private double learningRate;
  private long steps;

  /** A parameter with its state. */
  private record Slot(String name, Tensor parameter, OptimizerRule rule, List<Tensor> state, List<View> stateViews) {}

  /** Parameters of one rule, and their place in {@link #hyper}. */
  private static final class Group {
    final OptimizerRule rule;
    final double rateFactor;
    final List<Slot> slots = new ArrayList<>();
    final List<List<View>> states = new ArrayList<>();
    View hyper;
    double momenta = 1;

    Group(OptimizerRule rule, double rateFactor) {
      this.rule = rule;
      this.rateFactor = rateFactor;
    }
  }

  /**
   * An optimizer over named parameters, all leaves on one device. For {@link OptimizerRule.Muon}, AdamW changes those that are no
   * matrices.
   *
   * @param rule how parameters change
   * @param learningRate positive or 0
   */
  public Optimizer(OptimizerRule rule, double learningRate, Map<String, Tensor> parameters) {
    this(ParameterGroup.of(rule, parameters), learningRate);
  }

  /** An optimizer over all parameters of a model, which must be built. */
  public Optimizer(OptimizerRule rule, double learningRate, Layer model) {
    this(rule, learningRate, built(model).parameters());
  }

  /**
   * An optimizer over groups of parameters, all leaves on one device.
   *
   * @param learningRate positive or 0; each group takes it times its factor
   */
  public Optimizer(List<ParameterGroup> parameterGroups, double learningRate) {
    Checks.require(parameterGroups.stream().anyMatch(g -> !g.parameters().isEmpty()), "optimizer",
        "there are no parameters; a model "
        + "with layers that wait for their first input has them after its first batch");
    this.device = parameterGroups.stream().flatMap(g -> g.parameters().values().stream()).findFirst().orElseThrow().device();
    learningRate(learningRate);
    var names = new HashSet<String>();
    for (ParameterGroup g : parameterGroups) {
      g.parameters().forEach((name, p) -> {
        check(name, p);
        Checks.require(names.add(name), "optimizer", "parameter " + name + " is in two groups");
        Checks.require(!g.rule().matricesOnly() || p.rank() >= 2, "optimizer", "parameter " + name + " " + p.shape()
            + " is no matrix; give it to a group of another rule than " + g.rule());
      });
    }
    this.hyperValues = new double[HYPER * parameterGroups.size()];
    this.hyperBytes = MemorySegment.ofArray(hyperValues);
    this.hyper = device.zeros(DType.FLOAT64, Shape.of(parameterGroups.size(), HYPER)).persist();
    for (ParameterGroup g : parameterGroups) {
      Group group = new Group(g.rule(), g.rateFactor());
      group.hyper = hyper.view().select(0, groups.size());
      g.parameters().forEach((name, p) -> {
        Slot slot = slot(name, p, g.rule());
        group.slots.add(slot);
        group.states.add(slot.stateViews);
        slots.add(slot);
      });
      groups.add(group);
    }
  }

  private void check(String name, Tensor p) {
    Checks.require(p.device() == device, "optimizer", "all parameters must lie on one device; " + name + " lies on "
        + p.device());
    Checks.require(p.node() != null && p.node().isLeaf(), "optimizer", "parameter " + name
        + " is no leaf that requires gradients");
    Checks.require(p.view().isContiguous(), "optimizer", "parameter " + name + " is not contiguous; use copy()");
  }

  private Slot slot(String name, Tensor p, OptimizerRule rule) {
    var state = new ArrayList<Tensor>();
    for (int i = 0; i < rule.stateSlots(); i++) {
      state.add(device.zeros(p.dtype(), p.shape()).persist());
    }
    return new Slot(name, p, rule, List.copyOf(state), state.stream().map(Tensor::view).toList());
  }

  private static Layer built(Layer model) {
    Checks.require(model.device() != null, "optimizer", "the model is on no device: call model.initialize(device, seed) first");
    Checks.require(model.isBuilt(), "optimizer", "a layer of the model waits for its first input; run a batch through the model "
        + "first");
    return model;
  }

  /** The optimizer of a name with its usual settings, at its usual learning rate. */
  public static Optimizer of(OptimizerName name, Layer model) {
    return new Optimizer(name.rule(), name.learningRate(), model);
  }

  /** Plain gradient descent. */
  public static Optimizer sgd(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.Sgd(), learningRate, model);
  }

  /** Gradient descent with momentum, in Nesterov's form or not. */
  public static Optimizer sgd(Layer model, double learningRate, double momentum, boolean nesterov) {
    return new Optimizer(new OptimizerRule.Sgd(momentum, 0, nesterov, 0), learningRate, model);
  }

  /** AdaGrad. */
  public static Optimizer adaGrad(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.AdaGrad(), learningRate, model);
  }

  /** RMSprop with α = 0.99. */
  public static Optimizer rmsProp(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.RmsProp(), learningRate, model);
  }

  /** AdaDelta with ρ = 0.9 at learning rate 1, as its author has it. */
  public static Optimizer adaDelta(Layer model) {
    return new Optimizer(new OptimizerRule.AdaDelta(), 1, model);
  }

  /** Adam with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸. */
  public static Optimizer adam(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.Adam(), learningRate, model);
  }

  /** Adam with decoupled weight decay. */
  public static Optimizer adamW(Layer model, double learningRate, double weightDecay) {
    return new Optimizer(OptimizerName.ADAMW.rule().withWeightDecay(weightDecay), learningRate, model);
  }

  /** NAdam. */
  public static Optimizer nadam(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.NAdam(), learningRate, model);
  }

  /** RAdam. */
  public static Optimizer radam(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.RAdam(), learningRate, model);
  }

  /** LAMB with weight decay. */
  public static Optimizer lamb(Layer model, double learningRate, double weightDecay) {
    return new Optimizer(new OptimizerRule.Lamb().withWeightDecay(weightDecay), learningRate, model);
  }

  /** Lion with decoupled weight decay. */
  public static Optimizer lion(Layer model, double learningRate, double weightDecay) {
    return new Optimizer(new OptimizerRule.Lion().withWeightDecay(weightDecay), learningRate, model);
  }

  /** Muon for matrices, AdamW for the other parameters. */
  public static Optimizer muon(Layer model, double learningRate) {
    return new Optimizer(new OptimizerRule.Muon(), learningRate, model);
  }

  /**
   * Changes every parameter that has a gradient: {@link #advance}, then {@link #apply}.
   *
   * @throws dev.athanor.AthanorException if a parameter was closed
   */
  public void step() {
    advance();
    apply();
  }

  /**
   * Counts a step and writes learning rate and step count to the device, where {@link #apply} reads them. In a function that is
   * recorded, this happens before each replay.
   */
  public void advance() {
    Recording recording = device.recording();
    if (recording == null) {
      count();
      return;
    }
    Counting counting = recording.join(this, Counting::new);
    if (counting.joined) {
      recording.host(this::count); // another step in the same function
    }
    counting.joined = true;
  }

  /** This optimizer in a recorded function: it counts before each replay, and takes that back where the replay breaks off. */
  private final class Counting implements Stepped {
    private final double[] momenta = new double[groups.size()];
    private long before;
    private boolean joined;

    @Override
    public void seal(Recording recording) {}

    @Override
    public void undo() {}

    @Override
    public void prepare() {
      before = steps;
      for (int i = 0; i < momenta.length; i++) {
        momenta[i] = groups.get(i).momenta;
      }
      count();
    }

    @Override
    public void advanced() {}

    @Override
    public void failed() {
      steps = before;
      for (int i = 0; i < momenta.length; i++) {
        groups.get(i).momenta = momenta[i];
      }
    }
  }

  private void count() {
    steps++;
    for (int i = 0; i < groups.size(); i++) {
      Group g = groups.get(i);
      if (g.rule instanceof OptimizerRule.NAdam r) {
        g.momenta *= r.momentum(steps);
      }
      hyperValues[HYPER * i] = learningRate * g.rateFactor;
      hyperValues[HYPER * i + 1] = steps;
      hyperValues[HYPER * i + 2] = g.momenta;
    }
    device.backend().upload(hyperBytes, hyper.view().buffer(), 0);
  }

  /**
   * Changes every parameter that has a gradient, by what {@link #advance} wrote: work for the device alone, which can be
   * captured.
   */
  public void apply() {
    try (Scope _ = device.internalScope()) {
      for (Group group : groups) {
        var parameters = new ArrayList<View>(group.slots.size());
        var gradients = new ArrayList<View>(group.slots.size());
        for (Slot s : group.slots) {
          Tensor g = s.parameter.grad();
          if (g != null) {
            parameters.add(s.parameter.view());
            gradients.add(g.contiguous().view());
            s.parameter.changed("an optimizer step");
          }
        }
        if (!parameters.isEmpty()) {
          List<List<View>> states = parameters.size() == group.slots.size() ? group.states : statesOfMoved(group);
          device.fused().optimizerStep(new OptimizerStep(group.rule, group.hyper, parameters, gradients, states));
        }
      }
    }
  }

  private static List<List<View>> statesOfMoved(Group group) {
    return group.slots.stream().filter(s -> s.parameter.grad() != null).map(Slot::stateViews).toList();
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
    return clipGradients(Clipping.globalNorm(maxNorm));
  }

  /**
   * Limits the gradients, on the device.
   *
   * @return their common norm before, a scalar on the device, owned by the caller's scope
   */
  public Tensor clipGradients(Clipping clipping) {
    var gradients = new ArrayList<View>(slots.size());
    DType dtype = slots.getFirst().parameter.dtype();
    for (Slot s : slots) {
      Tensor g = s.parameter.grad();
      if (g != null) {
        gradients.add(g.view());
        g.changed("clipGradients");
      }
    }
    FusedOps fused = device.fused();
    Tensor norm = device.result("clipGradients", dtype, Shape.SCALAR);
    fused.globalNorm(gradients, norm.view());
    double limit = clipping.limit();
    try (Scope _ = device.internalScope(); var _ = Tape.noGrad()) {
      switch (clipping.kind()) {
        case GLOBAL_NORM -> fused.clipToNorm(gradients, norm.view(), limit);
        case VALUE -> gradients.forEach(g -> device.backend().unary(Unary.of(UnaryOp.CLAMP, -limit, limit), g, g));
        case NORM -> {
          Tensor own = device.result("clipGradients", dtype, Shape.SCALAR);
          for (View g : gradients) {
            fused.globalNorm(List.of(g), own.view());
            fused.clipToNorm(List.of(g), own.view(), limit);
          }
        }
        case RESCALE -> {
          View factor = norm.add(1e-6).reciprocal().mul(limit).view();
          gradients.forEach(g -> device.backend().binary(BinaryOp.MUL, g, factor.expand(g.shape()), g));
        }
      }
    }
    return norm;
  }

  /**
   * The linear scaling rule: a batch k times as large takes a learning rate k times as large (with a warm-up; P. Goyal et al.,
   * 2017).
   *
   * @param rate a learning rate that suits batches of {@code of} examples
   * @return the one for batches of {@code batch}
   */
  public static double linearlyScaled(double rate, int of, int batch) {
    Checks.require(of > 0 && batch > 0, "linear scaling", "batch sizes must be positive: " + of + ", " + batch);
    return rate * batch / of;
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

  /** The update rule of the first group. */
  public OptimizerRule rule() {
    return groups.getFirst().rule;
  }

  /** The rules of all groups in words; two optimizers of one description and the same parameters do the same. */
  public String description() {
    return groups.size() == 1 && groups.getFirst().rateFactor == 1 ? rule().toString() : groups.stream().map(g -> g.rule
        + " at learning rate x " + g.rateFactor + " for " + g.slots.stream().map(Slot::name).toList()).toList().toString();
  }

  /** The number of steps taken. */
  public long steps() {
    return steps;
  }

  /** Sets the number of steps taken, when continuing a run. */
  public void steps(long value) {
    Checks.require(value >= 0, "optimizer", "the number of steps must not be negative: " + value);
    steps = value;
    for (Group g : groups) {
      g.momenta = 1;
      if (g.rule instanceof OptimizerRule.NAdam r) {
        for (long t = 1; t <= value; t++) {
          g.momenta *= r.momentum(t);
        }
      }
    }
  }

  /**
   * The state tensors under names such as {@code 0.weight.exp_avg}; owned by the optimizer. Assigning to them continues a run.
   */
  public Map<String, Tensor> state() {
    var all = new LinkedHashMap<String, Tensor>();
    for (Slot s : slots) {
      for (int i = 0; i < s.state.size(); i++) {
        all.put(s.name + "." + s.rule.stateNames().get(i), s.state.get(i));
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
