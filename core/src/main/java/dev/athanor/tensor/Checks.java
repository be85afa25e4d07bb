package dev.athanor.tensor;

import dev.athanor.AthanorException;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * All shape and type checks. Each failure is one sentence: the operation, the operands, the rule. Operations check here once,
 * before anything is allocated; backends rely on it.
 */
public final class Checks {
  private Checks() {}

  /** An error of the operation {@code op}. */
  public static AthanorException error(String op, String message) {
    return new AthanorException(op + ": " + message);
  }

  static void dims(long[] dims) {
    if (dims.length > Shape.MAX_RANK) {
      throw error("shape", "at most " + Shape.MAX_RANK + " axes are supported, not " + dims.length + ": "
          + Arrays.toString(dims));
    }
    long n = 1;
    for (long d : dims) {
      if (d < 0) {
        throw error("shape", "sizes must not be negative: " + Arrays.toString(dims));
      }
      if (n != 0 && d != 0 && n > (Long.MAX_VALUE >>> 4) / d) {
        throw error("shape", "too many elements: " + Arrays.toString(dims));
      }
      n *= d;
    }
  }

  /** The axis counted from the start; {@code axis} may count from the end (−1 is the last). */
  public static int axis(String op, int axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw error(op, "axis " + axis + " is outside a tensor of rank " + rank
          + (rank == 0 ? " (a scalar has no axes)" : "; expected " + -rank + " to " + (rank - 1)));
    }
    return axis < 0 ? axis + rank : axis;
  }

  /** The axes as a mask over the rank; none given means all. */
  public static boolean[] axes(String op, int[] axes, int rank) {
    boolean[] mask = new boolean[rank];
    if (axes.length == 0) {
      Arrays.fill(mask, true);
      return mask;
    }
    for (int a : axes) {
      int at = axis(op, a, rank);
      if (mask[at]) {
        throw error(op, "axis " + a + " is given twice: " + Arrays.toString(axes));
      }
      mask[at] = true;
    }
    return mask;
  }

  /** An operand as messages show it: {@code a float32[32, 784]}. */
  public static String show(String name, Tensor t) {
    return name + " " + t.dtype() + t.shape();
  }

  /** The shape two operands broadcast to; both must have one type and lie on one device. */
  public static Shape broadcast(String op, Tensor a, Tensor b) {
    sameType(op, a, b);
    Shape shape = Shape.broadcast(a.shape(), b.shape());
    if (shape == null) {
      throw error(op, "shapes do not broadcast: " + show("a", a) + " and " + show("b", b)
          + "; aligned at the last axis, sizes must be equal or 1");
    }
    return shape;
  }

  /** Both operands have one type and lie on one device. */
  public static void sameType(String op, Tensor a, Tensor b) {
    sameDevice(op, a, b);
    if (a.dtype() != b.dtype()) {
      throw error(op, "types differ: " + show("a", a) + " and " + show("b", b) + "; cast one of them");
    }
  }

  /** Both operands lie on one device. */
  public static void sameDevice(String op, Tensor a, Tensor b) {
    if (a.device() != b.device()) {
      throw error(op, "devices differ: a on " + a.device() + ", b on " + b.device() + "; move one with to(device)");
    }
  }

  /** The operand's type allows arithmetic. */
  public static void numeric(String op, Tensor x) {
    if (!x.dtype().isNumeric()) {
      throw error(op, "needs numbers, not " + show("x", x) + "; cast it first");
    }
  }

  /** The operand is float32 or float64. */
  public static void floating(String op, Tensor x) {
    floating(op, "x", x);
  }

  /** The named operand is float32 or float64. */
  public static void floating(String op, String name, Tensor x) {
    if (!x.dtype().isFloat()) {
      throw error(op, "needs float32 or float64, not " + show(name, x) + "; cast it first");
    }
  }

  /** The operand has this type. */
  public static void type(String op, String name, Tensor x, DType expected) {
    if (x.dtype() != expected) {
      throw error(op, name + " must be " + expected + ", not " + x.dtype() + x.shape());
    }
  }

  /** The operand holds int32 or int64 indices. */
  public static void index(String op, String name, Tensor x) {
    if (!x.dtype().isInteger()) {
      throw error(op, name + " must be int32 or int64, not " + x.dtype() + x.shape());
    }
  }

  /** The operand has this rank. */
  public static void rank(String op, String name, Tensor x, int rank) {
    if (x.rank() != rank) {
      throw error(op, name + " must have " + rank + (rank == 1 ? " axis" : " axes") + ", not " + x.dtype() + x.shape());
    }
  }

  /** The operand has this shape. */
  public static void shape(String op, String name, Tensor x, Shape expected) {
    if (!x.shape().equals(expected)) {
      throw error(op, name + " must be " + expected + ", not " + x.shape());
    }
  }

  /** The index lies in {@code [−size, size)}; counted from the start on return. */
  public static long index(String op, long index, long size) {
    if (index < -size || index >= size) {
      throw error(op, "index " + index + " is outside an axis of size " + size);
    }
    return index < 0 ? index + size : index;
  }

  /** A rule that has no check of its own. */
  public static void require(boolean condition, String op, String message) {
    if (!condition) {
      throw error(op, message);
    }
  }

  /** As {@link #require(boolean, String, String)}, with a message that is put together only when it is needed. */
  public static void require(boolean condition, String op, Supplier<String> message) {
    if (!condition) {
      throw error(op, message.get());
    }
  }
}
