package dev.athanor.nn;

import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.ops.Elementwise;
import dev.athanor.tensor.Tensor;
import java.util.Locale;

/** An activation function as a layer. */
public final class Activation extends Layer {
  private final Unary function;
  private final int axis;
  private final boolean log;

  /** Any function of one element. */
  public Activation(Unary function) {
    this.function = function;
    this.axis = 0;
    this.log = false;
  }

  private Activation(int axis, boolean log) {
    this.function = null;
    this.axis = axis;
    this.log = log;
  }

  /** Any function of one element with its usual parameters. */
  public static Activation of(UnaryOp op) {
    return new Activation(Unary.of(op));
  }

  /** max(0, x). */
  public static Activation relu() {
    return of(UnaryOp.RELU);
  }

  /** The hyperbolic tangent. */
  public static Activation tanh() {
    return of(UnaryOp.TANH);
  }

  /** 1/(1 + e⁻ˣ). */
  public static Activation sigmoid() {
    return of(UnaryOp.SIGMOID);
  }

  /** x·Φ(x), exact. */
  public static Activation gelu() {
    return of(UnaryOp.GELU);
  }

  /** Softmax along an axis. */
  public static Activation softmax(int axis) {
    return new Activation(axis, false);
  }

  /** The logarithm of softmax along an axis. */
  public static Activation logSoftmax(int axis) {
    return new Activation(axis, true);
  }

  /** The function of one element, or null for a softmax. */
  Unary function() {
    return function;
  }

  @Override
  protected Tensor forward(Tensor x) {
    return function != null ? Elementwise.unary(function, x) : log ? x.logSoftmax(axis) : x.softmax(axis);
  }

  @Override
  public String toString() {
    if (function == null) {
      return (log ? "LogSoftmax(" : "Softmax(") + axis + ")";
    }
    String name = function.op().name().toLowerCase(Locale.ROOT);
    return function.equals(Unary.of(function.op())) ? name + "()" : name + "(" + function.a() + ", " + function.b() + ")";
  }
}
