package dev.athanor.conformance;

import dev.athanor.backend.BinaryOp;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.List;

/** Elementwise functions and comparisons of two operands. */
final class BinaryFamily extends Family {
  private static final double[] REALS = {0, -0.0, 1, -1, 0.5, -2.5, 7, 3e38, -3e38, 1e-45, Double.NaN, Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY};
  private static final long[] WHOLES = {0, 1, -1, 2, 7, -7, 100, Long.MIN_VALUE, Long.MAX_VALUE, Integer.MIN_VALUE,
      Integer.MAX_VALUE};

  private record Pair(Placement a, Placement b, Placement out) {
    @Override
    public String toString() {
      return a + " " + b + " to " + out;
    }
  }

  private static final List<Pair> PAIRS = List.of(
      new Pair(Placement.CONTIGUOUS, Placement.CONTIGUOUS, Placement.CONTIGUOUS),
      new Pair(Placement.OFFSET, Placement.OFFSET, Placement.OFFSET),
      new Pair(Placement.PERMUTED, Placement.PERMUTED, Placement.PERMUTED),
      new Pair(Placement.CONTIGUOUS, Placement.BROADCAST, Placement.CONTIGUOUS),
      new Pair(Placement.BROADCAST, Placement.PERMUTED, Placement.GAPS),
      new Pair(Placement.STEPPED, Placement.NEGATIVE, Placement.OFFSET),
      new Pair(Placement.GAPS, Placement.CONTIGUOUS, Placement.STEPPED),
      new Pair(Placement.NEGATIVE, Placement.GAPS, Placement.NEGATIVE));

  BinaryFamily(TestDevice device) {
    super(device, "binary");
  }

  @Override
  void define() {
    for (BinaryOp op : BinaryOp.values()) {
      for (DType dtype : types(op)) {
        for (Pair pair : PAIRS) {
          testShapes(op + " " + dtype + " " + pair, SHAPES, (t, shape) -> pair(t, op, dtype, shape, pair));
          if (op == BinaryOp.SUB || op == BinaryOp.LT) {
            testShapes(op + " " + dtype + " large " + pair, LARGE, (t, shape) -> pair(t, op, dtype, shape, pair));
          }
        }
        testShapes(op + " " + dtype + " scalar", SHAPES, (t, shape) -> scalar(t, op, dtype, shape));
        if (!op.givesBool() || dtype == DType.BOOL) {
          for (Placement placement : List.of(Placement.CONTIGUOUS, Placement.STEPPED, Placement.PERMUTED)) {
            testShapes(op + " " + dtype + " in place " + placement, SHAPES, (t, shape) -> inPlace(t, op, dtype, shape,
                placement));
          }
        }
        test(op + " " + dtype + " special values", t -> special(t, op, dtype));
      }
    }
  }

  private static List<DType> types(BinaryOp op) {
    return switch (op) {
      case AND, OR, XOR -> List.of(DType.BOOL);
      case ATAN2 -> FLOATS;
      case EQ, NE, ADD, SUB, MUL, DIV, POW, MIN, MAX, REMAINDER, LT, LE, GT, GE -> NUMBERS;
    };
  }

  private static HostArray left(BinaryOp op, DType dtype, Shape shape) {
    return switch (op) {
      case POW -> HostArray.random(dtype, shape, 21, dtype.isFloat() ? 0.1 : -5, 5);
      case REMAINDER -> grid(dtype, shape, 21);
      case EQ, NE, LT, LE, GT, GE -> HostArray.ofLongs(dtype, shape, i -> i * 7 % 5 - 2); // with equals among them
      case ADD, SUB, MUL, DIV, MIN, MAX, ATAN2, AND, OR, XOR -> HostArray.random(dtype, shape, 21, -20, 20);
    };
  }

  private static HostArray right(BinaryOp op, DType dtype, Shape shape) {
    return switch (op) {
      case POW -> HostArray.random(dtype, shape, 23, -3, 6);
      case REMAINDER -> grid(dtype, shape, 23);
      case EQ, NE, LT, LE, GT, GE -> HostArray.ofLongs(dtype, shape, i -> i * 3 % 5 - 2);
      case ADD, SUB, MUL, DIV, MIN, MAX, ATAN2, AND, OR, XOR -> HostArray.random(dtype, shape, 23, -20, 20);
    };
  }

  /** Multiples of a quarter without 0: quotients are far from integers or exactly on them. */
  private static HostArray grid(DType dtype, Shape shape, int seed) {
    HostArray steps = HostArray.random(DType.INT64, shape, seed, 1, 80);
    return HostArray.of(dtype, shape, i -> (i % 3 == 0 ? -1 : 1) * steps.whole(i) * (dtype.isFloat() ? 0.25 : 1));
  }

  private void pair(Trial t, BinaryOp op, DType dtype, Shape shape, Pair pair) {
    HostArray p = pair.a.adapt(left(op, dtype, shape));
    HostArray q = pair.b.adapt(right(op, dtype, shape));
    View a = t.in(p, pair.a);
    View b = t.in(q, pair.b);
    View out = t.out(op.givesBool() ? DType.BOOL : dtype, shape, pair.out);
    t.run(() -> device.backend().binary(op, a, b, out));
    check(t, op, p, q, out);
  }

  private void scalar(Trial t, BinaryOp op, DType dtype, Shape shape) {
    HostArray p = left(op, dtype, shape);
    HostArray q = right(op, dtype, Shape.SCALAR);
    View a = t.in(p);
    View b = t.in(q, Placement.OFFSET).expand(shape);
    View out = t.out(op.givesBool() ? DType.BOOL : dtype, shape);
    t.run(() -> device.backend().binary(op, a, b, out));
    check(t, op, p, HostArray.ofBits(dtype, shape, i -> q.bits()[0]), out);
    View mirrored = t.out(op.givesBool() ? DType.BOOL : dtype, shape);
    HostArray r = right(op, dtype, shape);
    View other = t.in(r);
    HostArray s = left(op, dtype, Shape.SCALAR);
    View one = t.in(s).expand(shape);
    t.run(() -> device.backend().binary(op, one, other, mirrored));
    check(t, op, HostArray.ofBits(dtype, shape, i -> s.bits()[0]), r, mirrored);
  }

  private void inPlace(Trial t, BinaryOp op, DType dtype, Shape shape, Placement placement) {
    HostArray p = left(op, dtype, shape);
    HostArray q = right(op, dtype, shape);
    View a = t.inOut(p, placement);
    View b = t.in(q);
    t.run(() -> device.backend().binary(op, a, b, a));
    check(t, op, p, q, a);
    View c = t.in(p);
    View d = t.inOut(q, placement);
    t.run(() -> device.backend().binary(op, c, d, d));
    check(t, op, p, q, d);
  }

  private void special(Trial t, BinaryOp op, DType dtype) {
    boolean real = dtype.isFloat();
    int n = dtype == DType.BOOL ? 2 : real ? REALS.length : WHOLES.length;
    Shape shape = Shape.of(n, n);
    HostArray p = real ? HostArray.of(dtype, shape, i -> REALS[i / n]) : HostArray.ofLongs(dtype, shape, i -> WHOLES[i / n]);
    HostArray q = real ? HostArray.of(dtype, shape, i -> REALS[i % n])
        : HostArray.ofLongs(dtype, shape, i -> op == BinaryOp.POW ? Math.clamp(WHOLES[i % n], -9, 70) : WHOLES[i % n]);
    View a = t.in(p);
    View b = t.in(q);
    View out = t.out(op.givesBool() ? DType.BOOL : dtype, shape);
    t.run(() -> device.backend().binary(op, a, b, out));
    check(t, op, p, q, out);
  }

  private static void check(Trial t, BinaryOp op, HostArray a, HostArray b, View out) {
    DType dtype = a.dtype();
    if (!dtype.isFloat()) {
      t.expectBits(out, HostArray.ofBits(out.dtype(), out.shape(),
          i -> out.dtype().bits(Formulas.binary(op, a.whole(i), b.whole(i)))));
      return;
    }
    t.expect(out, i -> Formulas.binary(op, a.get(i), b.get(i)), i -> {
      double p = a.get(i);
      double q = b.get(i);
      double value = Formulas.binary(op, p, q);
      return switch (op) {
        // C and Java disagree on 1 to the NaN and -1 to the infinity; both are left open here.
        case POW -> Math.abs(p) == 1 && !Double.isFinite(q) ? Double.NaN
            : Accuracy.ulps(dtype, Accuracy.ULPS + 2 * Math.abs(q * Math.log(Math.abs(p))), value);
        case ATAN2 -> Accuracy.ulps(dtype, Accuracy.ULPS, value);
        case REMAINDER -> Double.isFinite(p) && Double.isFinite(q) && !(Math.abs(p / q) > 1e6) && Math.abs(p) != 1e-45f
            ? 0 : Double.NaN;
        case ADD, SUB, MUL, DIV, MIN, MAX -> Math.abs(value) < Accuracy.tiny(dtype) ? Accuracy.tiny(dtype) : 0;
        case EQ, NE, LT, LE, GT, GE, AND, OR, XOR -> 0;
      };
    });
  }
}
