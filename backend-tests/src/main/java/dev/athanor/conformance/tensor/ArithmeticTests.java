package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.ops.Elementwise;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Elementwise operations as users call them; the backends' own suites go into every layout and special value. */
final class ArithmeticTests extends TensorFamily {
  private static final double NAN = Double.NaN;

  ArithmeticTests(Device device) {
    super(device);
  }

  @Override
  void define() {
    test("every operation of two operands, by every pair of shapes that broadcasts", () -> {
      for (BinaryOp op : BinaryOp.values()) {
        if (!op.isLogical()) {
          broadcast(op);
        }
      }
    });
    methods();
    integers();
    logic();
    functions();
    selection();
    conversions();
  }

  /** The operation in plain Java. */
  private static DoubleBinaryOperator plain(BinaryOp op) {
    return switch (op) {
      case ADD -> (a, b) -> a + b;
      case SUB -> (a, b) -> a - b;
      case MUL -> (a, b) -> a * b;
      case DIV -> (a, b) -> a / b;
      case POW -> Math::pow;
      case MIN -> Math::min;
      case MAX -> Math::max;
      case REMAINDER -> (a, b) -> a - b * Math.floor(a / b);
      case ATAN2 -> Math::atan2;
      case EQ -> (a, b) -> a == b ? 1 : 0;
      case NE -> (a, b) -> a != b ? 1 : 0;
      case LT -> (a, b) -> a < b ? 1 : 0;
      case LE -> (a, b) -> a <= b ? 1 : 0;
      case GT -> (a, b) -> a > b ? 1 : 0;
      case GE -> (a, b) -> a >= b ? 1 : 0;
      case AND, OR, XOR -> throw new IllegalArgumentException();
    };
  }

  private void broadcast(BinaryOp op) {
    long[][][] pairs = {{{2, 3}, {2, 3}}, {{2, 3}, {3}}, {{2, 1}, {3}}, {{}, {2, 2}}, {{4, 1, 3}, {2, 1}}, {{1}, {}}, {{0, 3}, {1,
        3}},
        {{2, 0}, {1}}, {{1, 2, 1, 2}, {3, 1, 2, 1}}};
    for (long[][] p : pairs) {
      Tensor a = some(1, p[0]).abs();
      Tensor b = some(2, p[1]);
      check(op, a, b);
      check(op, b, a);
      check(op, a.reshape(-1).flip(0).reshape(a.shape()), b);
    }
    check(op, some(3, 3, 2).transpose(), some(4, 3));
    check(op, v(NAN, 2, 2, 0, -0.0, Double.POSITIVE_INFINITY), v(1, NAN, 2, -0.0, 0, 5));
    if (op != BinaryOp.POW) { // 1 to the power of NaN is 1 in C and NaN in Java: either will do
      check(op, v(1), v(NAN));
    }
  }

  private static void check(BinaryOp op, Tensor a, Tensor b) {
    Shape shape = Shape.broadcast(a.shape(), b.shape());
    double[] x = a.expand(shape).toDoubles();
    double[] y = b.expand(shape).toDoubles();
    double[] expected = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      expected[i] = plain(op).applyAsDouble(x[i], y[i]);
    }
    Tensor out = Elementwise.binary(op, a, b);
    assertEquals(op.givesBool() ? DType.BOOL : DType.FLOAT64, out.dtype());
    near(1e-14, out, shape.dims(), expected);
  }

  private void methods() {
    test("methods call their operations", () -> {
      Tensor a = v(7, -7, 3);
      Tensor b = v(2, 2, -2);
      expect(a.add(b), dims(3), 9, -5, 1);
      expect(a.sub(b), dims(3), 5, -9, 5);
      expect(a.mul(b), dims(3), 14, -14, -6);
      expect(a.div(b), dims(3), 3.5, -3.5, -1.5);
      expect(a.remainder(b), dims(3), 1, 1, -1);
      expect(a.minimum(b), dims(3), 2, -7, -2);
      expect(a.maximum(b), dims(3), 7, 2, 3);
      expect(b.pow(v(3, -1, 2)), dims(3), 8, 0.5, 4);
      near(1e-15, a.atan2(b), dims(3), Math.atan2(7, 2), Math.atan2(-7, 2), Math.atan2(3, -2));
      expect(a.add(1), dims(3), 8, -6, 4);
      expect(a.sub(1), dims(3), 6, -8, 2);
      expect(a.rsub(1), dims(3), -6, 8, -2);
      expect(a.mul(2), dims(3), 14, -14, 6);
      expect(a.div(2), dims(3), 3.5, -3.5, 1.5);
      expect(a.rdiv(21), dims(3), 3, -3, 7);
      expect(a.remainder(4), dims(3), 3, 1, 3);
      expect(a.pow(2), dims(3), 49, 49, 9);
      expect(a.abs().pow(0.5).square().sub(a.abs()).abs().lt(1e-14).cast(DType.FLOAT64), dims(3), 1, 1, 1);
      expectBooleans(a.eq(-7), false, true, false);
      expectBooleans(a.ne(-7), true, false, true);
      expectBooleans(a.lt(3), false, true, false);
      expectBooleans(a.le(3), false, true, true);
      expectBooleans(a.gt(3), true, false, false);
      expectBooleans(a.ge(3), true, false, true);
      expectBooleans(a.eq(v(7, 7, 3)), true, false, true);
      expectBooleans(a.ne(v(7, 7, 3)), false, true, false);
      expectBooleans(a.lt(b), false, true, false);
      expectBooleans(a.le(a), true, true, true);
      expectBooleans(a.gt(b), true, false, true);
      expectBooleans(a.ge(b), true, false, true);
    });
  }

  private void integers() {
    test("integers", () -> {
      for (DType type : new DType[] {DType.INT32, DType.INT64}) {
        Tensor a = v(7, -7, 7, 5).cast(type);
        Tensor b = v(2, 2, -2, 0).cast(type);
        assertEquals(type, a.add(b).dtype());
        expectLongs(a.div(b), dims(4), 3, -3, -3, 0);
        expectLongs(a.remainder(b), dims(4), 1, 1, -1, 0);
        expectLongs(a.pow(2), dims(4), 49, 49, 49, 25);
        expectLongs(b.pow(v(3, 0, 3, 0).cast(type)), dims(4), 8, 1, -8, 1);
        expectLongs(a.maximum(b).neg().abs().sign(), dims(4), 1, 1, 1, 1);
        expectLongs(a.clamp(-1, 6), dims(4), 6, -1, 6, 5);
        expectBooleans(a.gt(b), true, false, true, true);
      }
      long big = (1L << 53) + 1;
      expectLongs(device.tensor(new long[] {big}).add(1), dims(1), big + 1);
      expectLongs(device.tensor(new int[] {Integer.MAX_VALUE}).add(1), dims(1), Integer.MIN_VALUE);
    });
  }

  private void logic() {
    test("logic", () -> {
      Tensor a = device.tensor(new boolean[] {false, false, true, true});
      Tensor b = device.tensor(new boolean[] {false, true, false, true});
      expectBooleans(a.and(b), false, false, false, true);
      expectBooleans(a.or(b), false, true, true, true);
      expectBooleans(a.xor(b), false, true, true, false);
      expectBooleans(a.eq(b), true, false, false, true);
      expectBooleans(a.ne(b), false, true, true, false);
      expectBooleans(a.not(), true, true, false, false);
      expectBooleans(a.reshape(2, 2).and(b.slice(0, 2, 4)).reshape(4), false, false, false, true);
    });
  }

  private void function(String name, java.util.function.UnaryOperator<Tensor> f, DoubleUnaryOperator expected) {
    test(name, () -> {
      Tensor x = some(name.hashCode(), 3, 5).abs().add(0.01).mul(0.5);
      near(1e-12, f.apply(x), dims(3, 5), java.util.Arrays.stream(x.toDoubles()).map(expected).toArray());
      Tensor narrow = x.cast(DType.FLOAT32).transpose();
      near(2e-6, f.apply(narrow), dims(5, 3), java.util.Arrays.stream(narrow.toDoubles()).map(expected).toArray());
    });
  }

  private void functions() {
    function("neg", Tensor::neg, x -> -x);
    function("abs", x -> x.neg().abs(), x -> x);
    function("sign", Tensor::sign, Math::signum);
    function("square", Tensor::square, x -> x * x);
    function("sqrt", Tensor::sqrt, Math::sqrt);
    function("rsqrt", Tensor::rsqrt, x -> 1 / Math.sqrt(x));
    function("reciprocal", Tensor::reciprocal, x -> 1 / x);
    function("exp", Tensor::exp, Math::exp);
    function("expm1", Tensor::expm1, Math::expm1);
    function("log", Tensor::log, Math::log);
    function("log1p", Tensor::log1p, Math::log1p);
    function("sin", Tensor::sin, Math::sin);
    function("cos", Tensor::cos, Math::cos);
    function("tan", Tensor::tan, Math::tan);
    function("asin", Tensor::asin, Math::asin);
    function("acos", Tensor::acos, Math::acos);
    function("atan", Tensor::atan, Math::atan);
    function("sinh", Tensor::sinh, Math::sinh);
    function("cosh", Tensor::cosh, Math::cosh);
    function("tanh", Tensor::tanh, Math::tanh);
    function("floor", Tensor::floor, Math::floor);
    function("ceil", Tensor::ceil, Math::ceil);
    function("round", Tensor::round, Math::rint);
    function("sigmoid", Tensor::sigmoid, x -> 1 / (1 + Math.exp(-x)));
    function("relu", x -> x.sub(0.4).relu(), x -> Math.max(0, x - 0.4));
    function("softplus", Tensor::softplus, x -> Math.log1p(Math.exp(x)));
    function("silu", Tensor::silu, x -> x / (1 + Math.exp(-x)));
    function("logSigmoid", Tensor::logSigmoid, x -> -Math.log1p(Math.exp(-x)));
    function("clamp", x -> x.clamp(0.2, 0.5), x -> Math.min(0.5, Math.max(0.2, x)));
    function("apply", x -> x.apply(Unary.of(UnaryOp.LEAKY_RELU, 0.5)), x -> x);
    function("pow by a number", x -> x.pow(1.5), x -> Math.pow(x, 1.5));
    test("erf and gelu", () -> {
      // erf(0.5), erf(1), erf(-2): Abramowitz and Stegun, table 7.1.
      near(1e-9, v(0.5, 1, -2).erf(), dims(3), 0.5204998778, 0.8427007929, -0.9953222650);
      near(1e-9, v(1, -1).gelu(), dims(2), 0.8413447461, -0.1586552539);
    });
    test("isNan, isInf, isFinite", () -> {
      Tensor x = v(1, NAN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
      expectBooleans(x.isNan(), false, true, false, false);
      expectBooleans(x.isInf(), false, false, true, true);
      expectBooleans(x.isFinite(), true, false, false, false);
    });
    test("softmax and its logarithm", () -> {
      Tensor x = t(dims(2, 3), 1, 2, 3, 1000, 1000, 1000);
      double s = Math.exp(-2) + Math.exp(-1) + 1;
      near(1e-14, x.softmax(1), dims(2, 3), Math.exp(-2) / s, Math.exp(-1) / s, 1 / s, 1 / 3.0, 1 / 3.0, 1 / 3.0);
      near(1e-14, x.logSoftmax(-1).exp(), dims(2, 3), x.softmax(1).toDoubles());
      near(1e-14, x.transpose().softmax(0).transpose(), dims(2, 3), x.softmax(1).toDoubles());
    });
  }

  private void selection() {
    test("where and maskedFill", () -> {
      Tensor c = device.tensor(new boolean[] {true, false, true});
      expect(c.where(v(1, 2, 3), v(10, 20, 30)), dims(3), 1, 20, 3);
      expect(c.where(v(1, 2, 3), v(0).reshape(Shape.SCALAR)), dims(3), 1, 0, 3);
      expect(c.unsqueeze(1).where(v(1, 2), v(3, 4)), dims(3, 2), 1, 2, 3, 4, 1, 2);
      expect(v(1, 2, 3).maskedFill(c, -1), dims(3), -1, 2, -1);
      expectLongs(c.where(device.tensor(new int[] {1, 2, 3}), device.tensor(new int[] {7})), dims(3), 1, 7, 3);
      expectBooleans(c.where(c.not(), c), false, false, false);
    });
  }

  private void conversions() {
    test("conversions between all types", () -> {
      double[] from = {-3.7, 0, 1, 2.5, 100, NAN};
      for (DType a : DType.values()) {
        Tensor x = v(from).cast(a);
        double[] held = x.toDoubles();
        for (DType b : DType.values()) {
          Tensor y = x.cast(b);
          assertEquals(b, y.dtype());
          double[] expected = new double[held.length];
          for (int i = 0; i < held.length; i++) {
            expected[i] = b.value(b.bits(held[i]));
          }
          expect(y, dims(held.length), expected);
        }
      }
      expectLongs(v(1e30, -1e30, NAN, 2.9, -2.9).cast(DType.INT32), dims(5), Integer.MAX_VALUE, Integer.MIN_VALUE, 0, 2, -2);
      expectLongs(v(1e30, -1e30, NAN).cast(DType.INT64), dims(3), Long.MAX_VALUE, Long.MIN_VALUE, 0);
    });
  }
}
