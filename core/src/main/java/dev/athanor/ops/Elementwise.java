package dev.athanor.ops;

import dev.athanor.autograd.GradSink;
import dev.athanor.autograd.Saved;
import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.lang.ref.Reference;
import java.util.Locale;

/** Elementwise operations. The derivatives of the functions of one operand stand in {@link Derivatives}. */
public final class Elementwise {
  private static final String[] UNARY_NAMES = names(UnaryOp.values());
  private static final String[] BINARY_NAMES = names(BinaryOp.values());

  private Elementwise() {}

  private static String[] names(Enum<?>[] ops) {
    String[] names = new String[ops.length];
    for (Enum<?> op : ops) {
      names[op.ordinal()] = op.name().toLowerCase(Locale.ROOT);
    }
    return names;
  }

  // ---- one operand

  /** A function with its usual parameters. */
  public static Tensor unary(UnaryOp op, Tensor x) {
    return unary(Unary.of(op), x);
  }

  /** A function with explicit parameters. */
  public static Tensor unary(Unary fn, Tensor x) {
    UnaryOp op = fn.op();
    String name = UNARY_NAMES[op.ordinal()];
    switch (op.domain()) {
      case FLOAT -> Checks.floating(name, x);
      case NUMERIC -> Checks.numeric(name, x);
      case BOOL -> Checks.type(name, "x", x, DType.BOOL);
    }
    Device device = x.device();
    Tensor y = device.resultLike(name, op.givesBool() ? DType.BOOL : x.dtype(), x.view());
    device.backend().unary(fn, x.view(), y.view());
    if (Tape.wants(x) && !op.givesBool()) {
      recordUnary(name, fn, x, y);
    }
    return y;
  }

  private static void recordUnary(String name, Unary fn, Tensor x, Tensor y) {
    switch (fn.op().saves()) {
      case INPUT, OUTPUT -> {
        boolean input = fn.op().saves() == UnaryOp.Saves.INPUT;
        Saved saved = Saved.of(input ? x : y);
        Tape.record(name, y, (dy, g) -> {
          Tensor s = saved.get();
          if (g.differentiable()) {
            g.give(0, dy.mul(Derivatives.of(fn, s)));
          } else {
            Tensor dx = dy.device().resultLike(name, s.dtype(), s.view());
            dy.device().backend().unaryGrad(fn, input ? s.view() : null, input ? null : s.view(), dy.view(), dx.view());
            g.give(0, dx);
          }
        }, TangentRule.SYMMETRIC, x, saved);
      }
      case NOTHING -> Tape.record(name, y, (dy, g) -> g.give(0, dy.neg()), TangentRule.SYMMETRIC, x);
      case NONE -> Tape.record(name, y, (dy, g) -> g.give(0, dy.device().zeros(dy.dtype(), dy.shape())),
          TangentRule.SYMMETRIC, x);
      case NEVER -> throw new IllegalStateException(name + " has no gradient");
    }
  }

  /**
   * The derivative of a function at every element, composed of tensor operations.
   *
   * @param saved what {@link UnaryOp#saves} names: the function's input or its output
   */
  public static Tensor derivative(Unary fn, Tensor saved) {
    return Derivatives.of(fn, saved);
  }

  /** min(max(x, low), high). */
  public static Tensor clamp(Tensor x, double low, double high) {
    Checks.require(low <= high, "clamp", () -> "the lower bound " + low + " is above the upper bound " + high);
    return unary(Unary.of(UnaryOp.CLAMP, low, high), x);
  }

  /** xᵃ for a scalar exponent; 2 and ½ have operations of their own. */
  public static Tensor pow(Tensor x, double exponent) {
    if (exponent == 2) {
      return unary(UnaryOp.SQUARE, x);
    }
    if (!x.dtype().isFloat()) {
      return binary(BinaryOp.POW, x, exponent);
    }
    return exponent == 0.5 ? unary(UnaryOp.SQRT, x) : unary(Unary.of(UnaryOp.POW_SCALAR, exponent), x);
  }

  // ---- two operands

  /** An operation with a scalar on the right. */
  public static Tensor binary(BinaryOp op, Tensor a, double b) {
    return binary(op, a, scalar(op, a, b));
  }

  /** An operation with a scalar on the left. */
  public static Tensor binary(BinaryOp op, double a, Tensor b) {
    return binary(op, scalar(op, b, a), b);
  }

  private static Tensor scalar(BinaryOp op, Tensor other, double value) {
    DType type = other.dtype();
    if (type.isInteger() && (value != Math.rint(value) || type.value(type.bits(value)) != value)) {
      throw Checks.error(BINARY_NAMES[op.ordinal()], "the scalar " + value + " is not " + (value != Math.rint(value)
          ? "a whole number" : "in range")
          + ", but the tensor is " + type + other.shape() + "; cast it first");
    }
    return other.device().constant(type, value);
  }

  /** An operation on two tensors, broadcast. */
  public static Tensor binary(BinaryOp op, Tensor a, Tensor b) {
    String name = BINARY_NAMES[op.ordinal()];
    Shape shape = Checks.broadcast(name, a, b);
    if (op.isLogical()) {
      Checks.type(name, "a", a, DType.BOOL);
    } else if (op == BinaryOp.ATAN2) {
      Checks.floating(name, "a", a);
    } else if (op != BinaryOp.EQ && op != BinaryOp.NE) {
      Checks.numeric(name, a);
    } else {
      Checks.require(a.dtype().isNumeric() || a.dtype() == DType.BOOL, name, () -> "needs numbers or bools, not " + a.dtype());
    }
    View va = a.view().expand(shape);
    View vb = b.view().expand(shape);
    Device device = a.device();
    Tensor out = device.resultLike(name, op.givesBool() ? DType.BOOL : a.dtype(), a.shape().equals(shape) ? va : vb);
    device.backend().binary(op, va, vb, out.view());
    Reference.reachabilityFence(a);
    Reference.reachabilityFence(b);
    if (!op.givesBool() && a.dtype().isFloat() && Tape.wants(a, b)) {
      recordBinary(op, name, a, b, out);
    }
    return out;
  }

  private static void recordBinary(BinaryOp op, String name, Tensor a, Tensor b, Tensor out) {
    Shape sa = a.shape();
    Shape sb = b.shape();
    switch (op) {
      case ADD -> Tape.record(name, out, (dy, g) -> {
        give(g, 0, dy, sa);
        give(g, 1, dy, sb);
      }, TangentRule::sum, a, b);
      case SUB -> Tape.record(name, out, (dy, g) -> {
        give(g, 0, dy, sa);
        if (g.wants(1)) {
          give(g, 1, dy.neg(), sb);
        }
      }, TangentRule.parts(t -> t, Tensor::neg), a, b);
      case MUL -> {
        Saved x = b.requiresGrad() ? Saved.of(a) : null;
        Saved y = a.requiresGrad() ? Saved.of(b) : null;
        Tape.record(name, out, (dy, g) -> {
          if (g.wants(0)) {
            give(g, 0, dy.mul(y.get()), sa);
          }
          if (g.wants(1)) {
            give(g, 1, dy.mul(x.get()), sb);
          }
        }, TangentRule.parts(t -> t.mul(b), a::mul), new Tensor[] {a, b}, Saved.present(x, y));
      }
      case DIV -> {
        Saved x = b.requiresGrad() ? Saved.of(a) : null;
        Saved y = Saved.of(b);
        Tape.record(name, out, (dy, g) -> {
          if (g.wants(0)) {
            give(g, 0, dy.div(y.get()), sa);
          }
          if (g.wants(1)) {
            give(g, 1, dy.mul(x.get()).div(y.get().square()).neg(), sb);
          }
        }, TangentRule.parts(t -> t.div(b), t -> out.mul(t).div(b).neg()), new Tensor[] {a, b}, Saved.present(x, y));
      }
      case POW -> {
        Saved x = Saved.of(a);
        Saved y = Saved.of(b);
        Tape.record(name, out, (dy, g) -> {
          Tensor base = x.get();
          Tensor exponent = y.get();
          if (g.wants(0)) {
            // b·a^(b−1), and 0 where b = 0 even at a = 0.
            Tensor d = exponent.mul(base.pow(exponent.sub(1)));
            give(g, 0, dy.mul(d.maskedFill(exponent.eq(0), 0)), sa);
          }
          if (g.wants(1)) {
            // a^b·ln a, and 0 where a = 0 and b ≥ 0: the limit.
            Tensor zero = base.eq(0).and(exponent.ge(0));
            Tensor d = base.pow(exponent).mul(base.maskedFill(base.eq(0), 1).log());
            give(g, 1, dy.mul(d.maskedFill(zero, 0)), sb);
          }
        }, a, b, x, y);
      }
      case MIN, MAX -> {
        Saved x = Saved.of(a);
        Saved y = Saved.of(b);
        Tape.record(name, out, (dy, g) -> {
          Tensor first = op == BinaryOp.MAX ? x.get().gt(y.get()) : x.get().lt(y.get());
          Tensor share = first.cast(dy.dtype()).add(x.get().eq(y.get()).cast(dy.dtype()).mul(0.5));
          if (g.wants(0)) {
            give(g, 0, dy.mul(share), sa);
          }
          if (g.wants(1)) {
            give(g, 1, dy.mul(share.rsub(1)), sb);
          }
        }, a, b, x, y);
      }
      case REMAINDER -> {
        Saved x = Saved.of(a);
        Saved y = Saved.of(b);
        Tape.record(name, out, (dy, g) -> {
          give(g, 0, dy, sa);
          if (g.wants(1)) {
            give(g, 1, dy.mul(x.get().div(y.get()).floor()).neg(), sb);
          }
        }, a, b, x, y);
      }
      case ATAN2 -> {
        Saved x = Saved.of(a);
        Saved y = Saved.of(b);
        Tape.record(name, out, (dy, g) -> {
          Tensor scaled = dy.div(x.get().square().add(y.get().square()));
          if (g.wants(0)) {
            give(g, 0, scaled.mul(y.get()), sa);
          }
          if (g.wants(1)) {
            give(g, 1, scaled.mul(x.get()).neg(), sb);
          }
        }, a, b, x, y);
      }
      case AND, OR, XOR, EQ, NE, LT, LE, GT, GE -> throw new IllegalStateException(name + " has no gradient");
    }
  }

  private static void give(GradSink g, int i, Tensor gradient, Shape shape) {
    if (g.wants(i)) {
      g.give(i, Reduce.sumTo(gradient, shape));
    }
  }

  // ---- selection, copies, conversion

  /** {@code condition ? a : b}, broadcast. */
  public static Tensor where(Tensor condition, Tensor a, Tensor b) {
    String name = "where";
    Checks.type(name, "the condition", condition, DType.BOOL);
    Checks.sameDevice(name, condition, a);
    Shape values = Checks.broadcast(name, a, b);
    Shape shape = Shape.broadcast(values, condition.shape());
    Checks.require(shape != null, name, () -> "the condition " + condition.shape() + " does not broadcast with the values "
        + values);
    Device device = a.device();
    Tensor out = device.result(name, a.dtype(), shape);
    device.backend().select(condition.view().expand(shape), a.view().expand(shape), b.view().expand(shape), out.view());
    Reference.reachabilityFence(condition);
    if (a.dtype().isFloat() && Tape.wants(a, b)) {
      Saved c = Saved.of(condition);
      Shape sa = a.shape();
      Shape sb = b.shape();
      Tape.record(name, out, (dy, g) -> {
        Tensor zero = dy.device().constant(dy.dtype(), 0);
        if (g.wants(0)) {
          give(g, 0, where(c.get(), dy, zero), sa);
        }
        if (g.wants(1)) {
          give(g, 1, where(c.get(), zero, dy), sb);
        }
      }, TangentRule.parts(t -> where(condition, t, t.device().constant(t.dtype(), 0)),
          t -> where(condition, t.device().constant(t.dtype(), 0), t)), a, b, c);
    }
    return out;
  }

  /** A row-major copy. */
  public static Tensor copy(Tensor x) {
    Tensor y = x.device().result("copy", x.dtype(), x.shape());
    x.device().backend().copy(x.view(), y.view());
    if (Tape.wants(x)) {
      Tape.record("copy", y, (dy, g) -> g.give(0, dy), TangentRule.linear(t -> t), x);
    }
    return y;
  }

  /** A copy whose {@code [N, C, spatial…]} elements lie with the channels innermost. */
  public static Tensor channelsLast(Tensor x) {
    Checks.require(x.rank() >= 3, "channelsLast", () -> "needs [N, C, spatial…], not " + x.shape());
    Tensor y = x.device().result("channelsLast", x.dtype(), x.shape(), dev.athanor.tensor.Layouts.channelsLast(x.shape()));
    x.device().backend().copy(x.view(), y.view());
    if (Tape.wants(x)) {
      Tape.record("channelsLast", y, (dy, g) -> g.give(0, dy), TangentRule.linear(t -> t), x);
    }
    return y;
  }

  /** Conversion to another type. */
  public static Tensor cast(Tensor x, DType type) {
    if (x.dtype() == type) {
      return x;
    }
    Tensor y = x.device().resultLike("cast", type, x.view());
    x.device().backend().cast(x.view(), y.view());
    if (type.isFloat() && x.dtype().isFloat() && Tape.wants(x)) {
      DType from = x.dtype();
      Tape.record("cast", y, (dy, g) -> g.give(0, dy.cast(from)), TangentRule.linear(t -> t.cast(type)), x);
    }
    return y;
  }

  // ---- in place

  /** Copies the elements of {@code source} into {@code target}. */
  public static Tensor assign(Tensor target, Tensor source) {
    writable("assign", target);
    unrecorded("assign", source);
    Checks.sameType("assign", target, source);
    View from = fitted("assign", target, source);
    if (!from.sameLayout(target.view())) {
      Tensor copy = copyIfShared(target, from);
      target.device().backend().copy(copy == null ? from : copy.view(), target.view());
      Reference.reachabilityFence(copy);
      Reference.reachabilityFence(source);
      target.changed("assign");
    }
    return target;
  }

  /** Sets every element. */
  public static Tensor fill(Tensor target, double value) {
    writable("fill", target);
    target.device().backend().fill(target.view(), target.dtype().bits(value));
    target.changed("fill");
    return target;
  }

  /** {@code target = op(target, other)}. */
  public static Tensor inPlace(BinaryOp op, Tensor target, Tensor other) {
    String name = BINARY_NAMES[op.ordinal()] + "InPlace";
    writable(name, target);
    unrecorded(name, other);
    Checks.sameType(name, target, other);
    Checks.numeric(name, target);
    View v = target.view();
    View with = fitted(name, target, other);
    Tensor copy = with.sameLayout(v) ? null : copyIfShared(target, with);
    target.device().backend().binary(op, v, copy == null ? with : copy.view(), v);
    Reference.reachabilityFence(copy);
    Reference.reachabilityFence(other);
    target.changed(name);
    return target;
  }

  private static void writable(String name, Tensor target) {
    Checks.require(target.node() == null || !Tape.isRecording(), name, target.node() != null && target.node().isLeaf()
        ? "a leaf that collects gradients cannot be changed in place while recording; do it under Tape.noGrad()"
        : "the result of a recorded operation cannot be changed in place; use the out-of-place operation, or detach() it first");
    View v = target.view();
    for (int i = 0; i < v.rank(); i++) {
      Checks.require(v.stride(i) != 0 || v.dim(i) <= 1, name,
          "the target is an expanded view, whose elements share memory; copy() it first");
    }
  }

  private static View fitted(String name, Tensor target, Tensor source) {
    Checks.require(target.shape().equals(Shape.broadcast(target.shape(), source.shape())), name,
        () -> Checks.show("source", source) + " does not broadcast to " + Checks.show("target", target));
    return source.view().expand(target.shape());
  }

  /** A change in place is not recorded: what it reads must not expect a gradient. */
  private static void unrecorded(String name, Tensor source) {
    Checks.require(!Tape.wants(source), name, () -> "a change in place is not recorded, so no gradient would flow to the source "
        + source.dtype() + source.shape() + "; use the out-of-place operation, or detach() the source");
  }

  /** A copy of the operand where it shares memory with the target, else null. */
  private static Tensor copyIfShared(Tensor target, View source) {
    if (source.buffer() != target.view().buffer()) {
      return null;
    }
    Tensor copy = target.device().result("copy", source.dtype(), source.shape());
    target.device().backend().copy(source, copy.view());
    return copy;
  }
}
