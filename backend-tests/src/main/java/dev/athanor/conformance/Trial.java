package dev.athanor.conformance;

import dev.athanor.backend.Buffer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * One call of one operation: its operands in device memory and the checks that hold for every call. {@link #run} calls it twice
 * from the same state and demands the same bits; that inputs stay as they were; that no byte outside the output's elements
 * changes; and that the workspace has everything back.
 */
public final class Trial implements AutoCloseable {
  private final TestDevice device;
  private final String title;
  private final List<Operand> operands = new ArrayList<>();
  private boolean hasRun;

  /** A buffer of its own, what was in it at first, and which bytes the operation may change. */
  private record Operand(View view, byte[] before, boolean[] writable) {}

  Trial(TestDevice device, String title) {
    this.device = device;
    this.title = title;
  }

  /** An input. */
  public View in(HostArray values, Placement placement) {
    return add(values, placement, false);
  }

  /** A contiguous input. */
  public View in(HostArray values) {
    return in(values, Placement.CONTIGUOUS);
  }

  /** An operand that is read and written. */
  public View inOut(HostArray values, Placement placement) {
    return add(values, placement, true);
  }

  /** An output, full of NaN or -1 before. */
  public View out(DType dtype, Shape shape, Placement placement) {
    long ones = dtype == DType.BOOL ? 1 : -1;
    return add(HostArray.ofBits(dtype, shape, i -> ones), placement, true);
  }

  /** A contiguous output. */
  public View out(DType dtype, Shape shape) {
    return out(dtype, shape, Placement.CONTIGUOUS);
  }

  private View add(HostArray values, Placement placement, boolean written) {
    Placement.Layout layout = placement.layout(values.shape());
    int width = values.dtype().bytes();
    byte[] bytes = new byte[layout.elements() * width];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (0x40 + i % 61); // a pattern that repeats with no element size
    }
    boolean[] writable = new boolean[bytes.length];
    long[] positions = positions(values.shape(), layout.strides(), layout.offset());
    for (int i = 0; i < positions.length; i++) {
      int at = Math.toIntExact(positions[i] * width);
      for (int b = 0; b < width; b++) {
        bytes[at + b] = (byte) (values.bits()[i] >>> 8 * b);
        writable[at + b] = written;
      }
    }
    Buffer buffer = device.backend().allocate(bytes.length);
    View view = View.of(buffer, values.dtype(), values.shape(), layout.strides(), layout.offset());
    operands.add(new Operand(view, bytes, writable));
    device.backend().upload(MemorySegment.ofArray(bytes), buffer, 0);
    return view;
  }

  /** Where each element lies, in row-major order. */
  private static long[] positions(Shape shape, long[] strides, long offset) {
    long[] positions = new long[Math.toIntExact(shape.size())];
    long[] dims = shape.dims();
    long[] index = new long[dims.length];
    long at = offset;
    for (int i = 0; i < positions.length; i++) {
      positions[i] = at;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        at += strides[axis];
        if (++index[axis] < dims[axis]) {
          break;
        }
        at -= strides[axis] * dims[axis];
        index[axis] = 0;
      }
    }
    return positions;
  }

  /** Runs the operation with all checks of this class. May be called again, and then goes on from the state there is. */
  public Trial run(Runnable operation) {
    if (hasRun) {
      List<byte[]> now = downloadAll();
      for (int k = 0; k < now.size(); k++) {
        System.arraycopy(now.get(k), 0, operands.get(k).before, 0, now.get(k).length);
      }
    }
    hasRun = true;
    operation.run();
    List<byte[]> first = downloadAll();
    for (Operand o : operands) {
      device.backend().upload(MemorySegment.ofArray(o.before), o.view.buffer(), 0);
    }
    operation.run();
    List<byte[]> second = downloadAll();
    for (int k = 0; k < operands.size(); k++) {
      Operand o = operands.get(k);
      byte[] now = first.get(k);
      for (int i = 0; i < now.length; i++) {
        if (!o.writable[i] && now[i] != o.before[i]) {
          throw new AssertionError(title + ": byte " + i + " of operand " + k + " (" + o.view
              + ") was overwritten, but belongs to an input or to no element");
        }
      }
      int differs = Arrays.mismatch(now, second.get(k));
      if (differs >= 0) {
        throw new AssertionError(title + ": the same call gave other bits the second time, at byte " + differs + " of operand "
            + k
            + " (" + o.view + ")");
      }
    }
    int leaked = device.reclaim();
    if (leaked != 0) {
      throw new AssertionError(title + ": " + leaked + " temporaries were not returned to the workspace");
    }
    return this;
  }

  private List<byte[]> downloadAll() {
    List<byte[]> all = new ArrayList<>();
    for (Operand o : operands) {
      byte[] bytes = new byte[o.before.length];
      device.backend().download(o.view.buffer(), 0, MemorySegment.ofArray(bytes));
      all.add(bytes);
    }
    return all;
  }

  /** The elements of one of this trial's views. */
  public HostArray read(View view) {
    Operand operand = operands.stream().filter(o -> o.view.buffer() == view.buffer()).findFirst().orElseThrow();
    byte[] bytes = new byte[operand.before.length];
    device.backend().download(view.buffer(), 0, MemorySegment.ofArray(bytes));
    int width = view.dtype().bytes();
    long[] positions = positions(view.shape(), view.strides(), view.offset());
    return HostArray.ofBits(view.dtype(), view.shape(), i -> {
      long bits = 0;
      for (int b = 0; b < width; b++) {
        bits |= (bytes[Math.toIntExact(positions[i] * width + b)] & 0xFFL) << 8 * b;
      }
      return bits;
    });
  }

  /** Every element is the expected number, to the bit (any NaN for NaN, and either zero for a zero). */
  public Trial expect(View out, IntToDoubleFunction expected) {
    return expect(out, expected, i -> 0);
  }

  /**
   * Every element is within {@code bound} of the expected number, or equal to it after rounding to the element's type. Where the
   * bound is NaN, any value will do: the operation's definition leaves it open.
   */
  public Trial expect(View out, IntToDoubleFunction expected, IntToDoubleFunction bound) {
    HostArray actual = read(out);
    DType dtype = out.dtype();
    for (int i = 0; i < actual.size(); i++) {
      double want = expected.applyAsDouble(i);
      double got = actual.get(i);
      double rounded = dtype.value(dtype.bits(want));
      boolean same = rounded == got || Double.isNaN(rounded) && Double.isNaN(got);
      double allowed = same ? 0 : bound.applyAsDouble(i);
      if (!same && !Double.isNaN(allowed) && !(Double.isFinite(want) && Math.abs(got - want) <= allowed)) {
        throw new AssertionError(title + ": element " + i + " of " + out + " is " + got + ", expected " + want
            + (dtype.isFloat() ? " within " + allowed : ""));
      }
    }
    return this;
  }

  /** Every element has exactly the expected bits. */
  public Trial expectBits(View out, HostArray expected) {
    HostArray actual = read(out);
    for (int i = 0; i < actual.size(); i++) {
      if (actual.bits()[i] != expected.bits()[i]) {
        throw new AssertionError(title + ": element " + i + " of " + out + " is " + actual.get(i) + " (bits 0x"
            + Long.toHexString(actual.bits()[i]) + "), expected " + expected.get(i) + " (bits 0x"
            + Long.toHexString(expected.bits()[i]) + ")");
      }
    }
    return this;
  }

  @Override
  public void close() {
    for (Operand o : operands) {
      device.backend().release(o.view.buffer());
    }
  }
}
