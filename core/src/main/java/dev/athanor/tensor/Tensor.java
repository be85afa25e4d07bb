package dev.athanor.tensor;

/** An n-dimensional array on a device. */
public interface Tensor {
  /** The sizes of the axes. */
  Shape shape();

  /** The type of the elements. */
  DType dtype();

  /** The device it lies on. */
  Device device();

  /** The number of axes. */
  default int rank() {
    return shape().rank();
  }
}
