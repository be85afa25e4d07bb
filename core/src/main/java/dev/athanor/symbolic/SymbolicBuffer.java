package dev.athanor.symbolic;

import dev.athanor.backend.Buffer;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/** Memory of formulas, one an element, whatever the type. */
record SymbolicBuffer(Expr[] elements, long bytes) implements Buffer {
  static SymbolicBuffer of(long bytes) {
    // The smallest element takes a byte, so that this is enough for any type.
    return new SymbolicBuffer(new Expr[Math.toIntExact(bytes)], bytes);
  }

  static Expr[] elements(View v) {
    return ((SymbolicBuffer) v.buffer()).elements;
  }

  /** Where the elements of a view lie, in row-major order. */
  static int[] positions(View v) {
    int[] at = new int[Math.toIntExact(v.size())];
    long[] index = new long[v.rank()];
    for (int i = 0; i < at.length; i++) {
      at[i] = position(v, index);
      next(index, v.shape());
    }
    return at;
  }

  static int position(View v, long[] index) {
    long p = v.offset();
    for (int k = 0; k < index.length; k++) {
      p += index[k] * v.stride(k);
    }
    return Math.toIntExact(p);
  }

  /** The index after this one in row-major order. */
  static void next(long[] index, Shape shape) {
    for (int k = index.length - 1; k >= 0 && ++index[k] == shape.dim(k); k--) {
      index[k] = 0;
    }
  }

  /** The elements of a view in row-major order. */
  static Expr[] read(View v) {
    Expr[] from = elements(v);
    int[] at = positions(v);
    var out = new Expr[at.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = from[at[i]];
    }
    return out;
  }

  static void write(View v, Expr[] values) {
    Expr[] to = elements(v);
    int[] at = positions(v);
    for (int i = 0; i < at.length; i++) {
      to[at[i]] = values[i];
    }
  }
}
