package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Autograd;
import dev.athanor.autograd.GradCheck;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.ops.Elementwise;
import dev.athanor.ops.Linalg;
import dev.athanor.ops.Reduce;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shaping;
import dev.athanor.tensor.Tensor;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The gradient rule of every operation against central differences, first and second order. */
final class GradientTests extends TensorFamily {
  private static final Set<UnaryOp> NO_GRADIENT = EnumSet.of(UnaryOp.IS_NAN, UnaryOp.IS_INF, UnaryOp.IS_FINITE, UnaryOp.NOT);

  GradientTests(Device device) {
    super(device);
  }

  /** First and second order. */
  private static void both(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    GradCheck.check(f, inputs);
    GradCheck.checkSecondOrder(f, inputs);
  }

  /** A test of first and second order in one input. */
  private void one(String title, Function<Tensor, Tensor> f, long... dims) {
    test(title, () -> both(x -> f.apply(x.get(0)), some(title.hashCode(), dims)));
  }

  private interface Two {
    Tensor apply(Tensor a, Tensor b);
  }

  private void two(String title, Two f, long[] a, long[] b) {
    test(title, () -> both(x -> f.apply(x.get(0), x.get(1)), some(title.hashCode(), a), some(title.hashCode() + 1, b)));
  }

  @Override
  void define() {
    for (UnaryOp op : UnaryOp.values()) {
      unary(op);
    }
    for (BinaryOp op : BinaryOp.values()) {
      binary(op);
    }
    for (ReduceOp op : ReduceOp.values()) {
      reduction(op);
    }
    scalarOperands();
    selection();
    statistics();
    products();
    softmax();
    indexing();
    shapes();
    theCheckItself();
  }

  // ---- elementwise

  /** A function at points inside its domain and away from its kinks, with several parameters. */
  private void unary(UnaryOp op) {
    if (NO_GRADIENT.contains(op)) {
      test("unary " + op + " has no gradient", () -> {
        Tensor x = op == UnaryOp.NOT ? device.tensor(new boolean[] {true}) : v(1).requiresGrad(true);
        assertFalse(Elementwise.unary(op, x).requiresGrad());
      });
      return;
    }
    for (Unary fn : variants(op)) {
      test("unary " + op + " " + fn.a() + " " + fn.b(), () -> {
        Tensor x = points(op);
        both(in -> in.get(0).apply(fn), x);
        sameBothWays(fn, x);
        Tensor transposed = points(op).reshape(2, 6).transpose();
        GradCheck.check(in -> in.get(0).transpose().apply(fn), transposed);
      });
      test("unary " + op + " " + fn.a() + " " + fn.b() + " at its kinks", () -> sameBothWays(fn, kinks(op)));
    }
  }

  private static List<Unary> variants(UnaryOp op) {
    return switch (op) {
      case POW_SCALAR -> List.of(Unary.of(op, 3), Unary.of(op, -1.5), Unary.of(op, 1), Unary.of(op, 0), Unary.of(op, 0.3));
      case CLAMP -> List.of(Unary.of(op), Unary.of(op, -1, 1), Unary.of(op, 0, Double.POSITIVE_INFINITY));
      case HARD_SIGMOID -> List.of(Unary.of(op), Unary.of(op, 0.5, 0.25));
      case HARD_TANH -> List.of(Unary.of(op), Unary.of(op, -0.5, 1.5));
      case LEAKY_RELU -> List.of(Unary.of(op), Unary.of(op, 0.3));
      case ELU -> List.of(Unary.of(op), Unary.of(op, 0.7));
      case CELU -> List.of(Unary.of(op), Unary.of(op, 2.5));
      case SWISH -> List.of(Unary.of(op), Unary.of(op, 1.7));
      case HARD_SHRINK, SOFT_SHRINK -> List.of(Unary.of(op), Unary.of(op, 1));
      case THRESHOLD -> List.of(Unary.of(op), Unary.of(op, 0.5, -3));
      case STEP -> List.of(Unary.of(op), Unary.of(op, 0.5));
      case NEG, ABS, SIGN, SQUARE, SQRT, RSQRT, RECIPROCAL, EXP, EXPM1, LOG, LOG1P, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH,
          TANH, ERF, FLOOR, CEIL, ROUND, SIGMOID, RELU, RELU6, SELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, HARD_SWISH, MISH, GELU,
          GELU_TANH, GELU_SIGMOID, TANH_SHRINK, IS_NAN, IS_INF, IS_FINITE, NOT -> List.of(Unary.of(op));
    };
  }

  /** Twelve points where the function is smooth, on all its branches. */
  private Tensor points(UnaryOp op) {
    Tensor x = some(op.ordinal(), 12);
    return switch (op) {
      case SQRT, RSQRT, LOG, POW_SCALAR -> x.abs().add(0.2);
      case RECIPROCAL -> x.abs().add(0.2).mul(x.sign());
      case LOG1P -> x.abs().sub(0.5);
      case ASIN, ACOS -> x.mul(0.45);
      case TAN -> x.mul(0.7);
      case HARD_SIGMOID -> x.mul(2.3);
      case HARD_SWISH -> x.mul(2.1);
      case RELU6 -> x.mul(4.1);
      case SOFTPLUS, LOG_SIGMOID, MISH, SIGMOID, TANH -> x.mul(3);
      case NEG, ABS, SIGN, SQUARE, EXP, EXPM1, SIN, COS, ATAN, SINH, COSH, ERF, FLOOR, CEIL, ROUND, CLAMP, HARD_TANH, RELU,
          LEAKY_RELU, ELU, SELU, CELU, SOFTSIGN, SWISH, GELU, GELU_TANH, GELU_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK,
          TANH_SHRINK, THRESHOLD, IS_NAN, IS_INF, IS_FINITE, NOT -> x;
    };
  }

  /** Points where derivatives are one-sided. */
  private Tensor kinks(UnaryOp op) {
    return switch (op) {
      case SQRT, RSQRT, LOG, POW_SCALAR, RECIPROCAL, LOG1P, ASIN, ACOS, TAN -> points(op);
      case NEG, ABS, SIGN, SQUARE, EXP, EXPM1, SIN, COS, ATAN, SINH, COSH, TANH, ERF, FLOOR, CEIL, ROUND, CLAMP, SIGMOID,
          HARD_SIGMOID, HARD_TANH, RELU, RELU6, LEAKY_RELU, ELU, SELU, CELU, SOFTPLUS, LOG_SIGMOID, SOFTSIGN, SWISH, HARD_SWISH,
          MISH, GELU, GELU_TANH, GELU_SIGMOID, STEP, HARD_SHRINK, SOFT_SHRINK, TANH_SHRINK, THRESHOLD, IS_NAN, IS_INF, IS_FINITE,
          NOT -> v(-6, -3, -1, -0.5, 0, 0.5, 1, 1.5, 3, 6, 30, -30);
    };
  }

  /** The derivative composed of tensor operations equals the backend's kernel. */
  private void sameBothWays(Unary fn, Tensor at) {
    Tensor x = at.detach().requiresGrad(true);
    Tensor dy = some(99, at.shape().dims());
    double[] fused = Autograd.grad(List.of(x.apply(fn)), List.of(x), List.of(dy), false, false).getFirst().toDoubles();
    double[] composed = Autograd.grad(List.of(x.apply(fn)), List.of(x), List.of(dy), false, true).getFirst().toDoubles();
    for (int i = 0; i < fused.length; i++) {
      assertEquals(composed[i], fused[i], 1e-12 * Math.max(1, Math.abs(composed[i])), fn + " at " + at.toDoubles()[i]);
    }
  }

  private void binary(BinaryOp op) {
    switch (op) {
      case ADD, SUB, MUL, MIN, MAX, ATAN2 -> {
        two("binary " + op, (a, b) -> Elementwise.binary(op, a, b), dims(2, 3), dims(2, 3));
        two("binary " + op + " broadcast", (a, b) -> Elementwise.binary(op, a, b), dims(2, 1, 3), dims(4, 1));
      }
      case DIV, REMAINDER -> {
        test("binary " + op, () -> both(x -> Elementwise.binary(op, x.get(0), x.get(1)), some(1, 2, 3), positive(2, 2,
            3).add(2)));
        test("binary " + op + " broadcast",
            () -> both(x -> Elementwise.binary(op, x.get(0), x.get(1)), some(1, 3, 1), positive(2, 2).add(2)));
      }
      case POW -> {
        test("binary POW", () -> both(x -> x.get(0).pow(x.get(1)), positive(1, 2, 3).add(0.3), some(2, 2, 3)));
        test("binary POW broadcast", () -> both(x -> x.get(0).pow(x.get(1)), positive(1, 3, 1).add(0.3), some(2, 4)));
        test("binary POW at zeros", () -> {
          Tensor a = v(0, 0, 2, -2, -2).requiresGrad(true);
          Tensor b = v(0, 2, 0, 3, 2);
          expect(Autograd.grad(a.pow(b).sum(), a).getFirst(), dims(5), 0, 0, 0, 12, -4);
          Tensor exponent = v(0, 2, 3).requiresGrad(true);
          expect(Autograd.grad(v(0, 0, 1).pow(exponent).sum(), exponent).getFirst(), dims(3), 0, 0, 0);
        });
      }
      case AND, OR, XOR -> test("binary " + op + " has no gradient", () -> {
        Tensor a = device.tensor(new boolean[] {true, false});
        assertFalse(Elementwise.binary(op, a, a).requiresGrad());
      });
      case EQ, NE, LT, LE, GT, GE -> test("binary " + op + " has no gradient",
          () -> assertFalse(Elementwise.binary(op, v(1).requiresGrad(true), v(2)).requiresGrad()));
    }
    if (op == BinaryOp.MIN || op == BinaryOp.MAX) {
      test("binary " + op + " shares the gradient of equals", () -> {
        Tensor a = v(1, 2, 3).requiresGrad(true);
        Tensor b = v(1, 3, 2).requiresGrad(true);
        List<Tensor> g = Autograd.grad(Elementwise.binary(op, a, b).sum(), a, b);
        boolean max = op == BinaryOp.MAX;
        expect(g.get(0), dims(3), 0.5, max ? 0 : 1, max ? 1 : 0);
        expect(g.get(1), dims(3), 0.5, max ? 1 : 0, max ? 0 : 1);
      });
    }
  }

  private void scalarOperands() {
    one("scalars on either side", x -> x.add(2).mul(3).sub(1).rsub(4).div(2).rdiv(5).remainder(10), 3);
    one("scalar powers", x -> x.square().add(1).pow(1.7).add(x.pow(2)).add(x.pow(3)), 4);
    one("one tensor in both places", x -> x.mul(x).add(x.div(x.square().add(1))).sub(x.add(x)), 5);
  }

  private void selection() {
    test("where", () -> {
      Tensor c = device.tensor(new boolean[] {true, false, true});
      both(x -> c.where(x.get(0), x.get(1)), some(1, 2, 3), some(2, 3));
      both(x -> c.unsqueeze(1).where(x.get(0), x.get(1)).square(), some(1, 1, 2), some(2, 3, 1));
      both(x -> x.get(0).maskedFill(c, 7).mul(x.get(0)), some(3, 2, 3));
    });
    one("copy, contiguous", x -> x.transpose().contiguous().copy().square(), 2, 3);
    one("channelsLast", x -> Elementwise.channelsLast(x).square(), 2, 3, 2);
    test("cast", () -> {
      Tensor x = v(1.5, -2, 0.25).requiresGrad(true);
      Tensor y = x.cast(DType.FLOAT32).square();
      assertEquals(DType.FLOAT32, y.dtype());
      Tensor g = Autograd.grad(List.of(y.sum()), List.of(x), null, false, true).getFirst();
      assertEquals(DType.FLOAT64, g.dtype());
      expect(g, dims(3), 3, -4, 0.5);
      expect(Autograd.grad(g.sum(), x).getFirst(), dims(3), 2, 2, 2);
      assertFalse(x.cast(DType.INT32).requiresGrad());
    });
  }

  // ---- reductions

  private void reduction(ReduceOp op) {
    switch (op) {
      case SUM, MEAN, PROD, MAX, MIN -> {
        String name = "reduce " + op;
        one(name + " all", x -> Reduce.reduce(op, x, false).square(), 2, 3);
        one(name + " first", x -> Reduce.reduce(op, x, false, 0).square(), 3, 2, 2);
        one(name + " last, kept", x -> Reduce.reduce(op, x, true, -1).square(), 2, 3);
        one(name + " two axes", x -> Reduce.reduce(op, x, false, 2, 0).square(), 2, 2, 3);
        one(name + " of a permuted tensor", x -> Reduce.reduce(op, x.permute(2, 0, 1), false, 1).square(), 2, 3, 2);
        one(name + " of a scalar", x -> Reduce.reduce(op, x, false).square());
        one(name + " of one element per result", x -> Reduce.reduce(op, x, false, 1).square(), 3, 1);
      }
      case ANY, ALL -> test("reduce " + op + " has no gradient",
          () -> assertFalse(Reduce.reduce(op, device.tensor(new boolean[] {true}), false).requiresGrad()));
    }
    if (op == ReduceOp.MAX || op == ReduceOp.MIN) {
      test("reduce " + op + " shares the gradient of equals", () -> {
        Tensor x = t(dims(2, 3), 1, 1, 1, 2, 5, 5).requiresGrad(true);
        Tensor g = Autograd.grad(Reduce.reduce(op, x, false, 1).mul(v(3, 4)).sum(), x).getFirst();
        expect(g, dims(2, 3), op == ReduceOp.MAX ? new double[] {1, 1, 1, 0, 2, 2} : new double[] {1, 1, 1, 4, 0, 0});
      });
    }
    if (op == ReduceOp.PROD) {
      test("reduce PROD with zeros", () -> {
        Tensor x = t(dims(4, 3), 2, 3, 4, 2, 0, 4, 0, 0, 4, 0, 0, 0);
        GradCheck.check(in -> in.get(0).prod(1), x);
        Tensor leaf = x.detach().requiresGrad(true);
        expect(Autograd.grad(leaf.prod(1).sum(), leaf).getFirst(), dims(4, 3), 12, 8, 6, 0, 8, 0, 0, 0, 0, 0, 0, 0);
      });
    }
    if (op == ReduceOp.SUM) {
      test("reduce over nothing", () -> {
        Tensor x = device.zeros(DType.FLOAT64, dev.athanor.tensor.Shape.of(0, 3)).requiresGrad(true);
        expect(Autograd.grad(x.sum(0).mul(v(1, 2, 3)).sum(), x).getFirst(), dims(0, 3));
        expect(Autograd.grad(x.prod(0).sum(), x).getFirst(), dims(0, 3));
      });
    }
  }

  private void statistics() {
    one("variance", x -> x.variance(1, false, 1), 2, 4);
    one("variance of all, biased", x -> x.variance(0, true), 2, 3);
    one("std", x -> x.std(1, false, 0), 4, 2);
    one("logSumExp", x -> x.logSumExp(false, 1), 2, 3);
    one("logSumExp of all, kept", x -> x.mul(30).logSumExp(true), 2, 3);
    one("norm", Tensor::norm, 2, 3);
    one("norm 2 by axis", x -> x.norm(2, true, 1), 2, 3);
    one("norm 1", x -> x.norm(1, false, 0), 2, 3);
    one("norm 3", x -> x.norm(3, false, 1), 2, 3);
    one("norm infinity", x -> x.norm(Double.POSITIVE_INFINITY, false, 1), 2, 3);
    test("norm at zero has gradient 0", () -> {
      Tensor x = t(dims(2, 2), 0, 0, 3, 4).requiresGrad(true);
      near(1e-15, Autograd.grad(x.norm(2, false, 1).sum(), x).getFirst(), dims(2, 2), 0, 0, 0.6, 0.8);
      near(1e-15, Autograd.grad(x.norm(3, false, 1).slice(0, 0, 1).sum(), x).getFirst(), dims(2, 2), 0, 0, 0, 0);
    });
  }

  // ---- matrix products

  private void products() {
    long[][][] shapes = {{{3}, {3}}, {{3}, {3, 2}}, {{2, 3}, {3}}, {{2, 3}, {3, 4}}, {{5, 2, 3}, {3, 2}}, {{2, 3}, {4, 3, 2}},
        {{2, 2, 3}, {2, 3, 2}}, {{2, 1, 2, 3}, {3, 3, 1}}, {{3}, {2, 3, 2}}, {{2, 2, 3}, {3}}, {{1, 2, 3}, {2, 3, 1}}, {{1, 1},
            {1, 1}}};
    for (long[][] s : shapes) {
      two("matmul " + java.util.Arrays.toString(s[0]) + " · " + java.util.Arrays.toString(s[1]), Tensor::matmul, s[0], s[1]);
    }
    two("matmul of transposed operands", (a, b) -> a.transpose().matmul(b.transpose()), dims(3, 2), dims(4, 3));
    one("matmul with itself", x -> x.matmul(x), 3, 3);
    one("matmul with its transpose", x -> x.matmul(x.transpose()), 2, 3);
    for (Unary activation : new Unary[] {null, Unary.of(UnaryOp.SIGMOID), Unary.of(UnaryOp.TANH), Unary.of(UnaryOp.RELU),
        Unary.of(UnaryOp.RELU6), Unary.of(UnaryOp.GELU), Unary.of(UnaryOp.EXP), Unary.of(UnaryOp.NEG),
            Unary.of(UnaryOp.LEAKY_RELU)}) {
      String name = "linear " + (activation == null ? "" : activation.op());
      test(name, () -> both(x -> Linalg.linear(x.get(0), x.get(1), x.get(2), activation), some(1, 4, 3), some(2, 2, 3), some(3,
          2)));
      test(name + " of three axes, without bias",
          () -> both(x -> Linalg.linear(x.get(0), x.get(1), null, activation), some(4, 2, 2, 3), some(5, 2, 3)));
      test(name + " of a vector", () -> both(x -> Linalg.linear(x.get(0), x.get(1), x.get(2), activation), some(6, 3), some(7, 2,
          3),
          some(8, 2)));
    }
    test("linear, some inputs constant", () -> {
      Tensor x = some(1, 4, 3);
      Tensor w = some(2, 2, 3);
      Tensor b = some(3, 2);
      both(in -> Linalg.linear(x, in.get(0), b, null).square(), w);
      both(in -> Linalg.linear(in.get(0), w, b, null).square(), x);
      both(in -> Linalg.linear(x, w, in.get(0), Unary.of(UnaryOp.TANH)), b);
      both(in -> x.matmul(in.get(0)).square(), w.transpose());
      both(in -> in.get(0).matmul(w.transpose()).square(), x);
    });
    test("the fused activation equals the separate one", () -> {
      Tensor x = some(1, 4, 3);
      Tensor w = some(2, 2, 3).requiresGrad(true);
      Tensor fused = Linalg.linear(x, w, null, Unary.of(UnaryOp.TANH));
      Tensor apart = Linalg.linear(x, w, null, null).tanh();
      near(1e-15, fused, dims(4, 2), apart.toDoubles());
      near(1e-14, Autograd.grad(fused.sum(), w).getFirst(), dims(2, 3), Autograd.grad(apart.sum(), w).getFirst().toDoubles());
    });
  }

  private void softmax() {
    for (int axis : new int[] {0, 1, -1}) {
      one("softmax " + axis, x -> x.softmax(axis), 2, 3, 2);
      one("logSoftmax " + axis, x -> x.logSoftmax(axis), 2, 3, 2);
    }
    test("crossEntropy", () -> {
      Tensor labels = device.tensor(new long[] {2, 0, 1, 1});
      both(x -> dev.athanor.ops.Softmax.crossEntropy(x.get(0), labels), some(1, 4, 3));
      Tensor narrow = device.tensor(new int[] {0, 0});
      both(x -> dev.athanor.ops.Softmax.crossEntropy(x.get(0).transpose(), narrow).mean(), some(2, 5, 2));
    });
  }

  // ---- indices and order

  private void indexing() {
    test("gather", () -> {
      Tensor index = device.tensor(new long[] {2, 0, 0, 1}, 2, 2);
      both(x -> x.get(0).gather(1, index).square(), some(1, 2, 3));
      both(x -> x.get(0).gather(0, device.tensor(new int[] {1, 1, 0}, 1, 3)).square(), some(2, 2, 3));
    });
    test("take", () -> {
      Tensor index = device.tensor(new int[] {2, 0, 2, 2}, 2, 2);
      both(x -> x.get(0).take(0, index).square(), some(1, 3, 2));
      both(x -> x.get(0).take(-1, index).square(), some(1, 2, 3));
      both(x -> x.get(0).take(0, device.tensor(new long[0])).square(), some(1, 3));
    });
    test("scatterAdd", () -> {
      Tensor index = device.tensor(new long[] {2, 0, 0, 2}, 2, 2);
      both(x -> x.get(0).scatterAdd(1, index, x.get(1)).square(), some(1, 2, 3), some(2, 2, 2));
      both(x -> x.get(0).scatterAdd(0, index, x.get(1)).square(), some(3, 3, 2), some(4, 2, 2));
    });
    one("sort", x -> x.sort(1, false).values().mul(count(2, 4)), 2, 4);
    one("sort descending along the first axis", x -> x.sort(0, true).values().mul(count(3, 2)).square(), 3, 2);
    one("topK", x -> x.topK(2, -1).values().mul(count(3, 2).add(1)).square(), 3, 5);
    one("cumSum", x -> x.cumSum(0).square(), 4, 2);
    one("cumSum along the last axis of a transposed tensor", x -> x.transpose().cumSum(1).square(), 3, 2);
  }

  // ---- shapes

  private void shapes() {
    one("reshape", x -> x.reshape(3, 2).square(), 2, 3);
    one("reshape with a copy", x -> x.transpose().reshape(6).square().mul(count(6)), 2, 3);
    one("permute", x -> x.permute(2, 0, 1).square().mul(count(4, 2, 3)), 2, 3, 4);
    one("expand", x -> x.expand(4, 2, 3).square().mul(count(4, 2, 3)), 2, 1);
    one("squeeze and unsqueeze", x -> x.squeeze(1).unsqueeze(0).unsqueeze(-1).square(), 2, 1, 3);
    one("flatten", x -> x.flatten(0, 1).square(), 2, 2, 2);
    one("slice", x -> x.slice(1, 1, 4, 2).square(), 2, 5);
    one("slice backwards", x -> x.slice(0, -1, Long.MIN_VALUE, -2).square(), 5, 2);
    one("slice backwards to the start, twice", x -> x.slice(0, 3, 0, -1).slice(0, 1, 2).square(), 5);
    one("empty slice", x -> x.mul(x).sum().add(x.slice(0, 3, 3).square().sum()), 3);
    one("select", x -> x.select(1, -1).square().mul(x.select(0, 0).sum()), 2, 3);
    one("flip", x -> x.flip(0, 2).square().mul(count(2, 2, 3)), 2, 2, 3);
    one("split", x -> {
      List<Tensor> p = x.split(1, 1, 3);
      return p.get(0).mul(p.get(1)).square();
    }, 2, 4);
    two("concat", (a, b) -> Shaping.concat(1, a, b, a).square().mul(count(2, 5)), dims(2, 2), dims(2, 1));
    two("stack", (a, b) -> Shaping.stack(1, a, b).square().mul(count(3, 2)), dims(3), dims(3));
    one("pad", x -> x.pad(1, 2, 1, 5).square().mul(count(2, 5)), 2, 2);
    one("tril", x -> x.tril(0).square(), 2, 3, 3);
    one("triu", x -> x.triu(-1).square(), 3, 2);
    one("views of views", x -> x.transpose().slice(0, 0, 2).unsqueeze(0).expand(3, 2, 2).permute(1, 2, 0).reshape(2, 6).square(),
        2, 4);
  }

  // ---- the check

  private void theCheckItself() {
    test("GradCheck finds a wrong rule and names input, element and values", () -> {
      // y = x0 · x1², with a rule that forgets the factor 2 in the second gradient where x1 > 0.
      Function<List<Tensor>, Tensor> wrong = in -> {
        Tensor a = in.get(0);
        Tensor b = in.get(1);
        Tensor y;
        try (var _ = Tape.noGrad()) {
          y = a.mul(b.square());
        }
        return Tape.wants(a, b) ? Tape.record("wrong", y, (dy, g) -> {
          g.give(0, dy.mul(b.square()));
          g.give(1, dy.mul(a).mul(b).mul(b.detach().gt(0).cast(DType.FLOAT64).rsub(2)));
        }, a, b) : y;
      };
      AthanorException e = assertThrows(AthanorException.class, () -> GradCheck.check(wrong, v(2, 3), v(-1.5, 1.5)));
      assertTrue(e.getMessage().contains("input 1, element 1"), e.getMessage());
      assertTrue(e.getMessage().contains("analytic") && e.getMessage().contains("numeric"), e.getMessage());
      assertFalse(e.getMessage().contains("input 0") || e.getMessage().contains("element 0"), e.getMessage());
    });
    test("GradCheck finds a derivative that is right once and wrong twice", () -> {
      Function<List<Tensor>, Tensor> halfRight = in -> {
        Tensor a = in.get(0);
        Tensor y;
        try (var _ = Tape.noGrad()) {
          y = a.square();
        }
        return Tape.wants(a) ? Tape.record("halfRight", y, (dy, g) -> g.give(0, dy.mul(a.detach()).mul(2)), a) : y;
      };
      GradCheck.check(halfRight, v(1.5));
      assertThrows(AthanorException.class, () -> GradCheck.checkSecondOrder(halfRight, v(1.5)));
    });
    test("GradCheck at a kink, with another type, without a gradient", () -> {
      assertThrows(AthanorException.class, () -> GradCheck.check(in -> in.get(0).relu(), v(0)));
      fails(() -> GradCheck.check(in -> in.get(0).square(), v(1).cast(DType.FLOAT32)), "input 0", "float64");
      fails(() -> GradCheck.check(in -> in.get(0).detach(), v(1)), "does not depend");
    });
    test("GradCheck's errors are small where all is well", () -> GradCheck.compare(in -> in.get(0).sin().mul(in.get(0).exp()),
        false,
        some(1, 6)).forEach(c -> assertEquals(c.analytic(), c.numeric(), 1e-8, c.toString())));
  }
}
