package dev.athanor.io;

import java.util.Arrays;

/**
 * One tensor of a safetensors file, as its header describes it.
 *
 * @param name the tensor's name, unique in the file
 * @param type its element type
 * @param shape its sizes, outermost first; empty for a scalar
 * @param offset where its first byte lies, from the beginning of the file
 * @param bytes its size in bytes: the product of the shape and the element size
 */
public record StoredTensor(String name, StoredType type, long[] shape, long offset, long bytes) {
  /** Copies the shape. */
  public StoredTensor {
    shape = shape.clone();
  }

  /** The sizes, outermost first, as a new array. */
  @Override
  public long[] shape() {
    return shape.clone();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof StoredTensor t && name.equals(t.name) && type == t.type && Arrays.equals(shape, t.shape)
        && offset == t.offset && bytes == t.bytes;
  }

  @Override
  public int hashCode() {
    return name.hashCode() * 31 + Arrays.hashCode(shape);
  }

  /** Name, type and shape, e.g. {@code 0.weight F32[512, 784]}. */
  @Override
  public String toString() {
    return name + " " + type + Arrays.toString(shape);
  }
}
