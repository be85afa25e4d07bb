package dev.athanor.nd4j;

import dev.athanor.ops.Transfer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Copies between tensors of any device and ND4J arrays, bit by bit. FLOAT, DOUBLE, HALF, BFLOAT16, INT, LONG and BOOL have a
 * tensor type
 * of the same bits; ND4J's other types are cast first.
 */
public final class Nd4jArrays {
  private Nd4jArrays() {}

  /**
   * A new tensor with an array's elements; it belongs to the innermost open scope, as every result.
   *
   * @param device where the tensor lies
   * @param array any shape, strides and order ('c' or 'f')
   * @throws dev.athanor.AthanorException if there is no tensor type of these bits
   */
  public static Tensor toTensor(Device device, INDArray array) {
    DType dtype = Types.of(array.dataType());
    Shape shape = Shape.of(array.shape());
    if (shape.size() == 0) {
      return device.tensor(MemorySegment.ofArray(new byte[0]), dtype, shape);
    }
    try (INDArray dense = dense(array)) {
      return device.tensor(memory(dense), dtype, shape);
    }
  }

  /** A new ND4J array in order 'c' with a tensor's elements, outside ND4J's workspaces; waits for the device. */
  public static INDArray toINDArray(Tensor tensor) {
    DataType type = Types.of(tensor.dtype());
    long[] dims = tensor.shape().dims();
    if (tensor.shape().size() == 0) {
      return Nd4j.create(type, dims);
    }
    try (MemoryWorkspace _ = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      INDArray array = Nd4j.createUninitialized(type, dims);
      Transfer.download(tensor, memory(array));
      return array;
    }
  }

  /** A copy without gaps, row-major. */
  private static INDArray dense(INDArray array) {
    try (MemoryWorkspace _ = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      return array.dup('c');
    }
  }

  /** The elements of an array without gaps. */
  @SuppressWarnings("restricted") // the array's own memory, and used while it is held
  private static MemorySegment memory(INDArray dense) {
    long start = dense.data().address();
    return MemorySegment.ofAddress(start).reinterpret(dense.length() * dense.dataType().width());
  }
}
