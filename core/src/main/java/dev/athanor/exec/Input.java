package dev.athanor.exec;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** What a {@link Plan} is called with: a tensor, or bytes of the host that go straight to where the plan wants them. */
public sealed interface Input {
  /** A tensor on the plan's device, copied into the plan's own. */
  record OnDevice(Tensor tensor) implements Input {}

  /**
   * Elements on the host, row-major, uploaded into the plan's own tensor; they may be changed as soon as the call returns.
   *
   * @param bytes exactly the elements, in native order
   * @param dtype the type of the elements
   * @param shape the shape of the tensor
   */
  record OnHost(MemorySegment bytes, DType dtype, Shape shape) implements Input {}

  /** A tensor as an input. */
  static Input of(Tensor tensor) {
    return new OnDevice(tensor);
  }

  /** Bytes of the host as an input. */
  static Input of(MemorySegment bytes, DType dtype, Shape shape) {
    return new OnHost(bytes, dtype, shape);
  }

  /** The type of the elements. */
  default DType type() {
    return switch (this) {
      case OnDevice d -> d.tensor.dtype();
      case OnHost h -> h.dtype;
    };
  }

  /** The sizes of the axes. */
  default Shape size() {
    return switch (this) {
      case OnDevice d -> d.tensor.shape();
      case OnHost h -> h.shape;
    };
  }

  /** Whether a tensor made by {@link #stable} fits this input: same type, shape and layout. */
  default boolean fits(Tensor stable) {
    return stable.dtype() == type() && stable.shape().equals(size()) && switch (this) {
      case OnDevice d -> d.tensor.view().isContiguous() == stable.view().isContiguous();
      case OnHost _ -> stable.view().isContiguous();
    };
  }

  /** A tensor of the input's type, shape and layout, not filled. */
  default Tensor stable(Device device) {
    return switch (this) {
      case OnDevice d -> device.resultLike("plan input", d.tensor.dtype(), d.tensor.view());
      case OnHost h -> device.result("plan input", h.dtype, h.shape);
    };
  }

  /** A tensor with the input's elements: the given one itself, or a new one. */
  default Tensor tensor(Device device) {
    return switch (this) {
      case OnDevice d -> d.tensor;
      case OnHost h -> device.tensor(h.bytes, h.dtype, h.shape);
    };
  }

  /** Copies the elements into a tensor made by {@link #stable}. */
  default void fill(Tensor stable) {
    switch (this) {
      case OnDevice d -> {
        if (!d.tensor.view().sameLayout(stable.view())) {
          stable.device().backend().copy(d.tensor.view(), stable.view());
        }
      }
      case OnHost h -> {
        if (h.bytes.byteSize() > 0) {
          stable.device().backend().upload(h.bytes, stable.view().buffer(), 0);
        }
      }
    }
    stable.changed("a call of its plan");
  }
}
