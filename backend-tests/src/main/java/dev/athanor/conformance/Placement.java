package dev.athanor.conformance;

import dev.athanor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * The ways the suite lays elements out in a buffer. All but {@link #CONTIGUOUS} start away from the buffer's start, and every
 * buffer has spare elements behind: bytes that belong to no element are checked after each call.
 */
public enum Placement {
  /** Row-major, at the buffer's start. */ CONTIGUOUS,
  /** Row-major, at an odd offset. */ OFFSET,
  /** The axes reversed in memory: the first one is the innermost. */ PERMUTED,
  /** Every second element along each axis. */ STEPPED,
  /** All strides negative. */ NEGATIVE,
  /** Row-major with unused elements after each row. */ GAPS,
  /** Axis 1 innermost, as channels-last images are. */ CHANNELS_LAST,
  /** One element for the whole first axis (stride 0); inputs only. */ BROADCAST;

  private static final int SPARE = 19;

  /** The layouts an output may have. */
  public static final List<Placement> OUTPUTS = List.of(CONTIGUOUS, OFFSET, PERMUTED, STEPPED, NEGATIVE, GAPS);
  /** The layouts an input may have. */
  public static final List<Placement> INPUTS = List.of(CONTIGUOUS, OFFSET, PERMUTED, STEPPED, NEGATIVE, GAPS, BROADCAST);

  /** Strides and offset in elements, and how many elements the buffer needs. */
  record Layout(long[] strides, long offset, int elements) {}

  /** An output layout to go with this input layout: itself, or contiguous for a broadcast input. */
  Placement forOutput() {
    return this == BROADCAST ? CONTIGUOUS : this;
  }

  /** What the elements become in this layout: for {@link #BROADCAST} the first of axis 0 repeated, else unchanged. */
  HostArray adapt(HostArray a) {
    if (this != BROADCAST || a.shape().rank() == 0 || a.size() == 0) {
      return a;
    }
    int inner = (int) (a.size() / a.shape().dim(0));
    return HostArray.ofBits(a.dtype(), a.shape(), i -> a.bits()[i % inner]);
  }

  Layout layout(Shape shape) {
    int rank = shape.rank();
    long[] dims = shape.dims();
    List<Integer> order = new ArrayList<>(); // axes, outermost in memory first
    for (int i = 0; i < rank; i++) {
      order.add(this == PERMUTED ? rank - 1 - i : i);
    }
    if (this == CHANNELS_LAST && rank > 2) {
      order.remove(Integer.valueOf(1));
      order.add(1);
    }
    long[] strides = new long[rank];
    long step = this == STEPPED ? 2 : 1;
    for (int k = rank - 1; k >= 0; k--) {
      int axis = order.get(k);
      boolean repeated = this == BROADCAST && axis == 0;
      strides[axis] = repeated ? 0 : this == NEGATIVE ? -step : step;
      long room = repeated ? 1 : Math.max(1, dims[axis]) * (this == STEPPED ? 2 : 1);
      step *= room;
      if (this == GAPS && k == rank - 1) {
        step += 5;
      }
    }
    long offset = this == CONTIGUOUS ? 0 : 3;
    if (this == NEGATIVE) {
      offset += step - 1;
    }
    return new Layout(strides, offset, Math.toIntExact(offset + step + SPARE));
  }
}
