package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the conformance suite does not ask, with every check of the simulator on. */
class CudaBackendTest {
  private final CudaBackend backend = SimulatedCudaProvider.open(SimulatedCudaProvider.checks("all"));

  @AfterEach
  void close() {
    backend.close();
  }

  private View ints(Shape shape, int... values) {
    View v = View.of(backend.allocate(shape.size() * 4), DType.INT32, shape);
    backend.upload(MemorySegment.ofArray(values), v.buffer(), 0);
    return v;
  }

  private View floats(Shape shape, float... values) {
    View v = View.of(backend.allocate(shape.size() * 4), DType.FLOAT32, shape);
    backend.upload(MemorySegment.ofArray(values), v.buffer(), 0);
    return v;
  }

  private int[] ints(View v) {
    int[] values = new int[(int) v.size()];
    backend.download(v.buffer(), 0, MemorySegment.ofArray(values));
    return values;
  }

  @Test
  void integersMultiplyWithoutRoundingAndWrap() {
    View a = ints(Shape.of(2, 3), 1, 2, 3, 4, 5, 1 << 30);
    View b = ints(Shape.of(2, 3), 7, 8, 9, 10, 11, 4).swap(0, 1); // [3, 2]
    View c = ints(Shape.of(2, 2), 100, 100, 100, 100);
    backend.gemm(1, a, b, 0, c);
    int[] product = {7 + 16 + 27, 10 + 22 + 12, 28 + 40 + 9 * (1 << 30), 40 + 55};
    assertArrayEquals(product, ints(c));
    backend.gemm(1, a, b, 1, c);
    assertArrayEquals(new int[] {2 * product[0], 2 * product[1], 2 * product[2], 2 * product[3]}, ints(c));
    assertThrows(AthanorException.class, () -> backend.gemm(0.5, a, b, 0, c));
  }

  @Test
  void aWrongIndexIsReportedOnceAtTheNextWaitAndNamesOperationIndexAndSize() {
    View x = floats(Shape.of(3), 1, 2, 3);
    View out = floats(Shape.of(2), 0, 0);
    backend.gather(x, 0, ints(Shape.of(2), 1, 7), out); // does not wait
    String message = assertThrows(IndexOutOfBoundsException.class, backend::synchronize).getMessage();
    assertEquals("gather along axis 0: index 7 is outside an axis of size 3", message);
    backend.synchronize();
    backend.gather(x, 0, ints(Shape.of(2), 2, 0), out);
    backend.synchronize();
  }

  @Test
  void aReleasedBufferIsRefused() {
    Buffer buffer = backend.allocate(64);
    backend.release(buffer);
    assertThrows(IllegalStateException.class, () -> backend.release(buffer));
    View late = View.of(buffer, DType.FLOAT32, Shape.of(16));
    assertThrows(IllegalStateException.class, () -> backend.fill(late, 0));
  }

  @Test
  void readsOfMemoryThatNobodyWroteAreFound() {
    View never = View.of(backend.allocate(64), DType.FLOAT32, Shape.of(16));
    View out = View.of(backend.allocate(64), DType.FLOAT32, Shape.of(16));
    CudaException fault = assertThrows(CudaException.class, () -> {
      backend.unary(Unary.of(UnaryOp.RELU), never, out);
      backend.download(out.buffer(), 0, MemorySegment.ofArray(new float[16]));
    });
    assertTrue(fault.getMessage().contains("never written") || fault.getMessage().contains("nobody wrote"), fault.getMessage());
  }

  @Test
  void temporariesOfPrimitivesAreFreed() {
    View x = floats(Shape.of(64, 300), new float[64 * 300]);
    View y = View.of(backend.allocate(64 * 64 * 4), DType.FLOAT32, Shape.of(64, 64));
    View all = View.of(backend.allocate(4), DType.FLOAT32, Shape.of(1, 1));
    View steps = x.slice(1, 0, 150, 2); // cuBLAS cannot take it: a copy is made
    long before = ((SimulatedGpu) backend.stream().gpu()).allocatedBytes();
    backend.gemm(1, steps, steps.swap(0, 1), 0, y);
    backend.reduce(ReduceOp.SUM, x, all);
    assertEquals(before, ((SimulatedGpu) backend.stream().gpu()).allocatedBytes());
  }

  @Test
  void denseLayoutsTakeTheContiguousKernelWhateverTheOrderOfTheirAxes() {
    View x = floats(Shape.of(2, 3), 1, 2, 3, 4, 5, 6);
    View y = floats(Shape.of(2, 3), 0, 0, 0, 0, 0, 0);
    backend.binary(BinaryOp.ADD, x.swap(0, 1), x.swap(0, 1), y.swap(0, 1));
    backend.synchronize();
    assertEquals("binary_add_f32", backend.stream().lastKernel());
    float[] sum = new float[6];
    backend.download(y.buffer(), 0, MemorySegment.ofArray(sum));
    assertArrayEquals(new float[] {2, 4, 6, 8, 10, 12}, sum);
  }
}
