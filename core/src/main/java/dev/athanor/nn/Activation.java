package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.ops.Elementwise;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * An activation function as a layer, without anything learned: a function of one element ({@link UnaryOp} lists them, with their
 * formulas), or one composed of tensor operations. {@link Activations} finds them by name. Those that learn are layers of their
 * own: {@link PRelu}, {@link Swish}; {@link RRelu} draws; {@link Maxout} and {@link Glu} change the number of features.
 */
public final class Activation extends Layer {
  private final Unary function;
  private final UnaryOperator<Tensor> composed;
  private final String label;

  /** Any function of one element. */
  public Activation(Unary function) {
    this.function = function;
    this.composed = null;
    String name = function.op().name().toLowerCase(Locale.ROOT);
    this.label = function.equals(Unary.of(function.op())) ? name + "()" : name + "(" + function.a() + ", " + function.b() + ")";
  }

  private Activation(String label, UnaryOperator<Tensor> composed) {
    this.function = null;
    this.composed = composed;
    this.label = label;
  }

  /** Any function of one element with its usual parameters. */
  public static Activation of(UnaryOp op) {
    return new Activation(Unary.of(op));
  }

  /**
   * A function made of tensor operations, whose gradients follow from theirs.
   *
   * @param label as it would be written, for {@link #toString}
   */
  public static Activation composed(String label, UnaryOperator<Tensor> function) {
    return new Activation(label, function);
  }

  /** max(0, x). */
  public static Activation relu() {
    return of(UnaryOp.RELU);
  }

  /** The hyperbolic tangent. */
  public static Activation tanh() {
    return of(UnaryOp.TANH);
  }

  /** The logistic function 1/(1 + e⁻ˣ). */
  public static Activation sigmoid() {
    return of(UnaryOp.SIGMOID);
  }

  /** max(min(slope·x + offset, 1), 0): 1/6 and ½ in PyTorch, ¼ and ½ is the logistic function's tangent at 0. */
  public static Activation hardSigmoid(double slope, double offset) {
    return new Activation(Unary.of(UnaryOp.HARD_SIGMOID, slope, offset));
  }

  /** x·Φ(x), exact. */
  public static Activation gelu() {
    return of(UnaryOp.GELU);
  }

  /** x if x > 0, else γ·x. Source: A. Maas et al., ICML 2013. */
  public static Activation leakyRelu(double gamma) {
    return new Activation(Unary.of(UnaryOp.LEAKY_RELU, gamma));
  }

  /** x if x > 0, else γ·(eˣ − 1). Source: D. Clevert et al., ICLR 2016. */
  public static Activation elu(double gamma) {
    return new Activation(Unary.of(UnaryOp.ELU, gamma));
  }

  /** x·σ(βx); SiLU for β = 1. Source: P. Ramachandran et al., 2017. A β that is learned: {@link Swish}. */
  public static Activation swish(double beta) {
    return new Activation(Unary.of(UnaryOp.SWISH, beta));
  }

  /** The perceptron's 1 if x ≥ threshold, else 0; its gradient is 0. */
  public static Activation step(double threshold) {
    return new Activation(Unary.of(UnaryOp.STEP, threshold));
  }

  /**
   * {@link #step} with a straight-through gradient: backward, the step is taken for the identity where |x − threshold| ≤ width,
   * and for a constant elsewhere. Sources: Y. Bengio et al., 2013; the width (usually 1): I. Hubara et al., NeurIPS 2016.
   *
   * @param width above 0; {@link Double#MAX_VALUE} passes every gradient
   */
  public static Activation straightThroughStep(double threshold, double width) {
    Checks.require(width > 0, "step", "the width in which gradients pass must be above 0, not " + width);
    Unary step = Unary.of(UnaryOp.STEP, threshold);
    return composed("step(" + threshold + ", straightThrough=" + width + ")", x -> {
      Tensor line = Elementwise.clamp(x, threshold - width, threshold + width);
      return line.sub(line.detach()).add(x.detach().apply(step)); // exactly 0 + step, with the line's gradient
    });
  }

  /** Softmax along an axis: e^(x − max) / Σ e^(x − max). */
  public static Activation softmax(int axis) {
    return composed("Softmax(" + axis + ")", x -> x.softmax(axis));
  }

  /** The logarithm of softmax along an axis, without its rounding. */
  public static Activation logSoftmax(int axis) {
    return composed("LogSoftmax(" + axis + ")", x -> x.logSoftmax(axis));
  }

  /** The softmax of −x along an axis: most for the smallest. */
  public static Activation softmin(int axis) {
    return composed("Softmin(" + axis + ")", x -> x.neg().softmax(axis));
  }

  /** Whether it is made of several operations, instead of being one function of {@link UnaryOp}. */
  public boolean isComposed() {
    return function == null;
  }

  /** The function of one element, or null for a composed one. */
  Unary function() {
    return function;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return function != null ? Elementwise.unary(function, x) : composed.apply(x);
  }

  @Override
  public String toString() {
    return label;
  }
}
