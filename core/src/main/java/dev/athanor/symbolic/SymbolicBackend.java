package dev.athanor.symbolic;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.Backend;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.RandomKind;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Workspace;
import dev.athanor.ops.Elementwise;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The primitives on formulas: what a number would be on another device is an {@link Expr} here. */
final class SymbolicBackend implements Backend {
  /** The device over this backend, for derivatives, which are tensor operations. */
  Device device;

  @Override
  public String name() {
    return "symbolic";
  }

  @Override
  public String description() {
    return "formulas instead of numbers";
  }

  // ---- memory

  @Override
  public Buffer allocate(long bytes) {
    return SymbolicBuffer.of(bytes);
  }

  @Override
  public void release(Buffer buffer) {
    Arrays.fill(((SymbolicBuffer) buffer).elements(), null);
  }

  @Override
  public void upload(MemorySegment source, Buffer target, long targetByteOffset) {
    throw new AthanorException("symbolic: bytes have no type here; use Symbolic.tensor");
  }

  @Override
  public void download(Buffer source, long sourceByteOffset, MemorySegment target) {
    throw new AthanorException("symbolic: a formula is not a number; Symbolic.formula(tensor) gives it, and evaluate() puts "
        + "numbers in");
  }

  @Override
  public void fill(View out, long bits) {
    Expr value = Expr.of(out.dtype().value(bits));
    for (int at : SymbolicBuffer.positions(out)) {
      SymbolicBuffer.elements(out)[at] = value;
    }
  }

  @Override
  public void copy(View x, View out) {
    SymbolicBuffer.write(out, SymbolicBuffer.read(x));
  }

  // ---- elementwise

  @Override
  public void unary(Unary fn, View x, View out) {
    Expr[] in = SymbolicBuffer.read(x);
    Arrays.setAll(in, i -> Formulas.of(fn, in[i]));
    SymbolicBuffer.write(out, in);
  }

  @Override
  public void unaryGrad(Unary fn, View x, View y, View dy, View dx) {
    View from = fn.op().saves() == UnaryOp.Saves.INPUT ? x : y;
    try (Scope _ = device.internalScope(); var _ = Tape.noGrad()) {
      Tensor saved = device.result("unaryGrad", from.dtype(), from.shape());
      copy(from, saved.view());
      binary(BinaryOp.MUL, dy, Elementwise.derivative(fn, saved).view(), dx);
    }
  }

  @Override
  public void binary(BinaryOp op, View a, View b, View out) {
    Expr[] x = SymbolicBuffer.read(a);
    Expr[] y = SymbolicBuffer.read(b);
    Arrays.setAll(x, i -> Formulas.of(op, x[i], y[i]));
    SymbolicBuffer.write(out, x);
  }

  @Override
  public void select(View condition, View a, View b, View out) {
    Expr[] c = SymbolicBuffer.read(condition);
    Expr[] x = SymbolicBuffer.read(a);
    Expr[] y = SymbolicBuffer.read(b);
    Arrays.setAll(c, i -> new Expr.Choice(c[i], x[i], y[i]));
    SymbolicBuffer.write(out, c);
  }

  @Override
  public void cast(View x, View out) {
    Expr[] in = SymbolicBuffer.read(x);
    DType type = out.dtype();
    if (type == DType.BOOL) {
      Arrays.setAll(in, i -> new Expr.Pair(Relation.NE, in[i], Expr.ZERO));
    } else if (type.isInteger() && x.dtype().isFloat()) {
      Arrays.setAll(in, i -> Expr.of((long) number("cast to " + type, in[i])));
    }
    SymbolicBuffer.write(out, in);
  }

  // ---- reductions and products

  @Override
  public void reduce(ReduceOp op, View x, View out) {
    List<List<Expr>> groups = new ArrayList<>();
    int[] targets = SymbolicBuffer.positions(out);
    for (int i = 0; i < targets.length; i++) {
      groups.add(new ArrayList<>());
    }
    View rows = out.with(out.shape(), out.shape().rowMajorStrides(), 0);
    View group = rows.expand(x.shape());
    Expr[] in = SymbolicBuffer.read(x);
    int[] to = SymbolicBuffer.positions(group);
    for (int i = 0; i < in.length; i++) {
      groups.get(to[i]).add(in[i]);
    }
    var result = new Expr[targets.length];
    Arrays.setAll(result, i -> reduce(op, groups.get(i)));
    SymbolicBuffer.write(out, result);
  }

  private static Expr reduce(ReduceOp op, List<Expr> all) {
    return switch (op) {
      case SUM -> Formulas.sum(all);
      case MEAN -> Formulas.sum(all).over(Expr.of(all.size()));
      case PROD -> Formulas.product(all);
      case MAX -> fold(Relation.MAX, all, Double.NEGATIVE_INFINITY);
      case MIN -> fold(Relation.MIN, all, Double.POSITIVE_INFINITY);
      case ANY -> fold(Relation.OR, all, 0);
      case ALL -> fold(Relation.AND, all, 1);
    };
  }

  private static Expr fold(Relation r, List<Expr> all, double neutral) {
    return all.stream().reduce((a, b) -> new Expr.Pair(r, a, b)).orElse(Expr.of(neutral));
  }

  @Override
  public void argReduce(boolean largest, View x, int axis, View out) {
    throw new AthanorException("symbolic: which element is the " + (largest ? "largest" : "smallest")
        + " depends on numbers; argMax and argMin have no formula");
  }

  @Override
  public void gemm(double alpha, View a, View b, double beta, View c) {
    Expr[] sum = beta == 0 ? null : SymbolicBuffer.read(c);
    long[] index = new long[c.rank()];
    var result = new Expr[Math.toIntExact(c.size())];
    int m = c.rank() - 2;
    int n = c.rank() - 1;
    for (int i = 0; i < result.length; i++) {
      var terms = new ArrayList<Expr>();
      for (long k = 0; k < a.dim(n); k++) {
        long[] left = index.clone();
        long[] right = index.clone();
        left[n] = k;
        right[m] = k;
        Expr p = SymbolicBuffer.elements(a)[SymbolicBuffer.position(a, left)]
            .times(SymbolicBuffer.elements(b)[SymbolicBuffer.position(b, right)]);
        terms.add(alpha == 1 ? p : Expr.of(alpha).times(p));
      }
      if (sum != null) {
        terms.add(beta == 1 ? sum[i] : Expr.of(beta).times(sum[i]));
      }
      result[i] = Formulas.sum(terms);
      SymbolicBuffer.next(index, c.shape());
    }
    SymbolicBuffer.write(c, result);
  }

  // ---- indexing and random numbers

  @Override
  public void gather(View x, int axis, View index, View out) {
    Expr[] at = SymbolicBuffer.read(index);
    var result = new Expr[at.length];
    long[] position = new long[out.rank()];
    for (int i = 0; i < at.length; i++) {
      result[i] = SymbolicBuffer.elements(x)[SymbolicBuffer.position(x, moved(position, axis, at[i], x.dim(axis)))];
      SymbolicBuffer.next(position, out.shape());
    }
    SymbolicBuffer.write(out, result);
  }

  @Override
  public void scatterAdd(View x, int axis, View index, View out) {
    Expr[] at = SymbolicBuffer.read(index);
    Expr[] source = SymbolicBuffer.read(x);
    Expr[] target = SymbolicBuffer.elements(out);
    long[] position = new long[x.rank()];
    for (int i = 0; i < at.length; i++) {
      int p = SymbolicBuffer.position(out, moved(position, axis, at[i], out.dim(axis)));
      target[p] = target[p].is(0) ? source[i] : target[p].plus(source[i]);
      SymbolicBuffer.next(position, x.shape());
    }
  }

  private static long[] moved(long[] position, int axis, Expr index, long size) {
    long i = (long) number("an index", index);
    if (i < 0 || i >= size) {
      throw new IndexOutOfBoundsException(i + " is outside [0, " + size + ")");
    }
    long[] moved = position.clone();
    moved[axis] = i;
    return moved;
  }

  /** The value of a formula without symbols. */
  static double number(String what, Expr e) {
    if (e.simplify() instanceof Expr.Constant c) {
      return c.value();
    }
    throw new AthanorException("symbolic: " + what + " needs a number, not the formula " + e.simplify().toText());
  }

  @Override
  public void random(RandomKind kind, View state, long delta, View out) {
    throw new AthanorException("symbolic: random numbers have no formula");
  }

  // ---- execution

  @Override
  public void synchronize() {}

  @Override
  public FusedOps fused(Workspace workspace) {
    return new SymbolicOps(this, workspace);
  }

  @Override
  public void close() {}
}
