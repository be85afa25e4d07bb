package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Recording;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * A part of a network: maps a tensor to a tensor, and owns parameters (learned), buffers (kept, not learned) and child layers,
 * each under a name. Any acyclic graph is written as a subclass: its fields are the layers, {@link #forward} is plain Java.
 *
 * <pre>{@code
 * class TwoPaths extends Layer {
 *   private final Layer wide = new Linear(64);
 *   private final Layer gate = new Linear(64);
 *   private final Layer out = new Linear(64, 10);
 *
 *   protected Tensor forward(Tensor x) {
 *     return out.apply(wide.apply(x).mul(gate.apply(x).sigmoid()));
 *   }
 * }
 * }</pre>
 *
 * <p>Fields that hold layers are the children, under the fields' names and in their order; a list or an array {@code blocks}
 * gives {@code blocks.0}, {@code blocks.1}, …, a map its keys. Fields marked {@code transient} are left out. In a named module,
 * the package must be open to {@code dev.athanor.core}; {@link #child} in the constructor does without. Own parameters and
 * buffers are made in {@link #build}.
 *
 * <p>{@link #initialize} puts a layer on a device and draws its first parameters. A layer whose input size was left out is built
 * when it first sees data; each layer draws from a generator stream of its own, so that this changes no number. Parameters belong
 * to the layer and live outside scopes, until {@link #close}.
 */
public abstract class Layer implements AutoCloseable {
  private final Map<String, Layer> children = new LinkedHashMap<>();
  private final Map<String, Tensor> parameters = new LinkedHashMap<>();
  private final Map<String, Tensor> buffers = new LinkedHashMap<>();
  private boolean searched;
  private boolean training = true;
  private Device device;
  private DType dtype;
  private Generator generator;
  private boolean built;
  private BiConsumer<Layer, Tensor> observer;

  /** For subclasses. */
  protected Layer() {}

  // ---- for subclasses

  /** Registers a child layer under a name of its own and returns it. Call in the constructor; fields need it not. */
  protected final <L extends Layer> L child(String name, L layer) {
    Checks.require(layer != null, "layer", "the child '" + name + "' is null");
    Checks.require(children.putIfAbsent(name, layer) == null, "layer", "there is a child '" + name + "' already");
    return layer;
  }

  /**
   * Makes parameters and buffers for an input of the given shape with {@link #parameter} and {@link #buffer}. Called once: at
   * {@link #initialize} with null if {@link #needsInputShape} is false, else with the first input.
   */
  protected void build(Shape input) {}

  /** Whether {@link #build} must wait for the first input. */
  protected boolean needsInputShape() {
    return false;
  }

  /**
   * Computes the output. Call {@link #apply} instead, which builds and observes.
   *
   * <p>A training step may be recorded: its Java then runs once, and the device's work is replayed. A layer whose course changes
   * by more than its input and {@link #isTraining} calls {@link dev.athanor.exec.Plan#forbid} first.
   */
  protected abstract Tensor forward(Tensor x);

  /** Registers a parameter with its first values, for use in {@link #build}. */
  protected final Tensor parameter(String name, Shape shape, Initializer initializer, long fanIn, long fanOut) {
    Tensor t = initializer.sample(generator, dtype, shape, fanIn, fanOut).persist().requiresGrad(true);
    parameters.put(name, t);
    return t;
  }

  /** Registers a buffer filled with a value, for use in {@link #build}. */
  protected final Tensor buffer(String name, DType type, Shape shape, double value) {
    Tensor t = device.full(type, shape, value).persist();
    buffers.put(name, t);
    return t;
  }

  /** This layer's own generator, for layers that draw numbers as they run. */
  protected final Generator generator() {
    return generator;
  }

  // ---- use

  /** Puts this layer and its children on a device with float32 parameters. */
  public final Layer initialize(Device target, long seed) {
    return initialize(target, DType.FLOAT32, seed);
  }

  /**
   * Puts this layer and its children on a device and draws the first parameters. The same seed gives the same parameters on every
   * backend.
   *
   * @param type float32 or float64
   * @return this layer
   */
  public final Layer initialize(Device target, DType type, long seed) {
    Checks.require(type.isFloat(), "initialize", "parameters are float32 or float64, not " + type);
    initialize(target, type, target.generator(seed));
    return this;
  }

  private void initialize(Device target, DType type, Generator source) {
    Checks.require(device == null, "initialize", getClass().getSimpleName()
        + " was initialized already; a layer has one place in one model");
    device = target;
    dtype = type;
    generator = source.split();
    if (!needsInputShape()) {
      buildNow(null);
    }
    for (Layer c : children().values()) {
      c.initialize(target, type, source);
    }
  }

  private void buildNow(Shape input) {
    try (Scope _ = device.internalScope()) {
      build(input);
    }
    built = true;
  }

  /** Runs the layer on an input. */
  public final Tensor apply(Tensor x) {
    requireBuilt(x);
    Recording recording = device.recording();
    if (recording != null) {
      recordable(recording);
    }
    return observed(forward(x));
  }

  /** Shows an output to the observer, if there is one, and returns it. */
  final Tensor observed(Tensor y) {
    if (observer != null) {
      observer.accept(this, y);
    }
    return y;
  }

  /** A replay calls nobody back. */
  private void recordable(Recording recording) {
    if (observer != null) {
      throw recording.recorder().refuse("observing layers", "a replay does not run them one by one");
    }
    recording.watch(() -> observer == null);
  }

  /** Builds the layer if it waited for its first input. */
  final void requireBuilt(Tensor x) {
    if (!built) {
      Checks.require(device != null, getClass().getSimpleName(), "not initialized: call model.initialize(device, seed) first");
      buildNow(x.shape());
    }
  }

  /** Calls back with every layer's output from now on, innermost layers first; null ends that. */
  public final void observe(BiConsumer<Layer, Tensor> callback) {
    observer = callback;
    children().values().forEach(c -> c.observe(callback));
  }

  /** Whether somebody watches, for a layer that else runs children in one fused operation. */
  final boolean isObserved() {
    return observer != null;
  }

  /** The callback of {@link #observe}, or null. */
  final BiConsumer<Layer, Tensor> observer() {
    return observer;
  }

  /**
   * Runs one example of zeros of the given shape through the model, in evaluation mode, and tells what each layer gave. Layers
   * that wait for their first input are built by it.
   *
   * @param example the shape of one example, without the batch axis
   * @throws dev.athanor.AthanorException if the model is not initialized or cannot take such an example
   */
  public final Summary summary(long... example) {
    return Summary.of(this, dtype(), Shape.of(example));
  }

  /** {@link #summary(long...)} for a shape and type of examples, such as int64 for an {@link Embedding}. */
  public final Summary summary(DType type, Shape example) {
    return Summary.of(this, type, example);
  }

  /**
   * The products that are added up for an output of this shape, its children's left out; 0 where none are. For {@link Summary}.
   */
  protected long multiplyAdds(Shape output) {
    return 0;
  }

  /** Switches this layer and its children between training (true, the first state) and evaluation. */
  public final Layer training(boolean on) {
    training = on;
    children().values().forEach(c -> c.training(on));
    return this;
  }

  /** Switches this layer alone. */
  final void trainingHere(boolean on) {
    training = on;
  }

  /** Whether this layer is in training. */
  public final boolean isTraining() {
    Recording recording = device == null ? null : device.recording();
    if (recording != null) {
      recording.watch(() -> training);
    }
    return training;
  }

  /** The device this layer is on, or null before {@link #initialize}. */
  public final Device device() {
    return device;
  }

  /** The type of the parameters, or null before {@link #initialize}. */
  public final DType dtype() {
    return dtype;
  }

  /** The children by name, in order: those registered with {@link #child}, then those in fields. */
  public final Map<String, Layer> children() {
    if (device == null || !searched) { // until initialised, a constructor may still be filling fields
      ChildFields.find(this, children);
      searched = device != null;
    }
    return java.util.Collections.unmodifiableMap(children);
  }

  /** All parameters, in order, under dotted names such as {@code 0.weight}. */
  public final Map<String, Tensor> parameters() {
    var all = new LinkedHashMap<String, Tensor>();
    visit("", (name, layer) -> layer.parameters.forEach((n, t) -> all.put(name + n, t)));
    return all;
  }

  /** All buffers, in order, under dotted names such as {@code 1.running_mean}. */
  public final Map<String, Tensor> buffers() {
    var all = new LinkedHashMap<String, Tensor>();
    visit("", (name, layer) -> layer.buffers.forEach((n, t) -> all.put(name + n, t)));
    return all;
  }

  /** This layer (under the empty name) and all below it, under dotted names, outer ones first. */
  public final Map<String, Layer> layers() {
    var all = new LinkedHashMap<String, Layer>();
    visit("", (name, layer) -> all.put(name.isEmpty() ? "" : name.substring(0, name.length() - 1), layer));
    return all;
  }

  private void visit(String prefix, BiConsumer<String, Layer> visitor) {
    visitor.accept(prefix, this);
    children().forEach((name, child) -> child.visit(prefix + name + ".", visitor));
  }

  /** The generators of all layers that draw numbers as they run, under their layers' names: part of a training run's state. */
  public final Map<String, Generator> generators() {
    var all = new LinkedHashMap<String, Generator>();
    layers().forEach((name, layer) -> {
      if (layer.drawsNumbers() && layer.generator != null) {
        all.put(name, layer.generator);
      }
    });
    return all;
  }

  /** Whether the forward pass draws random numbers. */
  protected boolean drawsNumbers() {
    return false;
  }

  /** The number of learned numbers. */
  public final long parameterCount() {
    return parameters().values().stream().mapToLong(Tensor::size).sum();
  }

  /** The learned numbers of this layer alone, without its children's. */
  final long ownParameterCount() {
    return parameters.values().stream().mapToLong(Tensor::size).sum();
  }

  /** Whether every layer has its parameters; false while one waits for its first input. */
  public final boolean isBuilt() {
    return layers().values().stream().allMatch(l -> l.built);
  }

  /** Drops the gradients of all parameters. */
  public final void zeroGrad() {
    parameters().values().forEach(Tensor::zeroGrad);
  }

  /** Gives the memory of parameters and buffers back. */
  @Override
  public void close() {
    List<Tensor> owned = new ArrayList<>(parameters.values());
    owned.addAll(buffers.values());
    for (Tensor t : owned) {
      t.zeroGrad();
      t.close();
    }
    children().values().forEach(Layer::close);
  }

  /** As the constructor would be written: {@code Linear(784, 128)}. */
  @Override
  public String toString() {
    if (children().isEmpty()) {
      return getClass().getSimpleName() + "()";
    }
    var text = new StringBuilder(getClass().getSimpleName()).append("(\n");
    children.forEach((name, c) -> text.append("  (").append(name).append("): ").append(c.toString().replace("\n", "\n  "))
        .append('\n'));
    return text.append(')').toString();
  }
}
