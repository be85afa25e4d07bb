package dev.athanor.kernels.lab;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.Unary;
import dev.athanor.kernels.ElementType;
import dev.athanor.reference.ReferenceBackend;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The reference backend of the conformance suite on plain arrays: floats in float64, integers and bool in their own type. */
final class Reference {
  private Reference() {}

  /** fn(x). */
  static double[] unary(Unary fn, ElementType type, double[] x) {
    try (ReferenceBackend backend = new ReferenceBackend()) {
      View out = empty(backend, x.length, fn.op().givesBool() ? DType.BOOL : computed(type));
      backend.unary(fn, view(backend, type, x), out);
      return read(backend, out);
    }
  }

  /** The gradient of fn with respect to x, from x, y = fn(x) and the gradient dy of the result. */
  static double[] unaryGrad(Unary fn, double[] x, double[] y, double[] dy) {
    ElementType type = ElementType.FLOAT64;
    try (ReferenceBackend backend = new ReferenceBackend()) {
      View out = empty(backend, x.length, DType.FLOAT64);
      backend.unaryGrad(fn, view(backend, type, x), view(backend, type, y), view(backend, type, dy), out);
      return read(backend, out);
    }
  }

  /** op(a, b). */
  static double[] binary(BinaryOp op, ElementType type, double[] a, double[] b) {
    try (ReferenceBackend backend = new ReferenceBackend()) {
      View out = empty(backend, a.length, op.givesBool() ? DType.BOOL : computed(type));
      backend.binary(op, view(backend, type, a), view(backend, type, b), out);
      return read(backend, out);
    }
  }

  private static DType computed(ElementType type) {
    return switch (type) {
      case INT32 -> DType.INT32;
      case INT64 -> DType.INT64;
      case BOOL -> DType.BOOL;
      case FLOAT32, FLOAT64, FLOAT16, BFLOAT16 -> DType.FLOAT64;
    };
  }

  private static View empty(ReferenceBackend backend, int n, DType type) {
    Buffer buffer = backend.allocate(Math.max(8, (long) n * type.bytes()));
    return View.of(buffer, type, Shape.of(n));
  }

  private static View view(ReferenceBackend backend, ElementType type, double[] x) {
    View view = empty(backend, x.length, computed(type));
    DType dtype = view.dtype();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate((long) x.length * dtype.bytes(), 8);
      for (int i = 0; i < x.length; i++) {
        switch (dtype.bytes()) {
          case 1 -> host.set(ValueLayout.JAVA_BYTE, i, (byte) dtype.bits(x[i]));
          case 4 -> host.set(ValueLayout.JAVA_INT, 4L * i, (int) dtype.bits(x[i]));
          default -> host.set(ValueLayout.JAVA_LONG, 8L * i, dtype.bits(x[i]));
        }
      }
      backend.upload(host, view.buffer(), 0);
    }
    return view;
  }

  private static double[] read(ReferenceBackend backend, View view) {
    double[] x = new double[(int) view.size()];
    DType dtype = view.dtype();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment host = arena.allocate((long) x.length * dtype.bytes(), 8);
      backend.download(view.buffer(), 0, host);
      for (int i = 0; i < x.length; i++) {
        x[i] = dtype.value(switch (dtype.bytes()) {
          case 1 -> host.get(ValueLayout.JAVA_BYTE, i);
          case 4 -> host.get(ValueLayout.JAVA_INT, 4L * i);
          default -> host.get(ValueLayout.JAVA_LONG, 8L * i);
        });
      }
    }
    return x;
  }
}
