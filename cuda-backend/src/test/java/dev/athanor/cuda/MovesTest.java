package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which kernels move data, and that they move the right data; plain Java loops are what they are compared with. */
class MovesTest {
  private final CudaBackend backend = SimulatedCudaProvider.open(SimulatedCudaProvider.checks("all"));
  private final Random random = new Random(7);

  @AfterEach
  void close() {
    backend.close();
  }

  private View floats(Shape shape) {
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return upload(shape, DType.FLOAT32, MemorySegment.ofArray(values));
  }

  private View upload(Shape shape, DType type, MemorySegment values) {
    View v = View.of(backend.allocate(shape.size() * type.bytes()), type, shape);
    backend.upload(values, v.buffer(), 0);
    return v;
  }

  private float[] read(View v) {
    float[] values = new float[(int) (v.buffer().bytes() / 4)];
    backend.download(v.buffer(), 0, MemorySegment.ofArray(values));
    return values;
  }

  private void copies(View x, View out, String kernel) {
    float[] from = read(x);
    backend.copy(x, out);
    assertEquals(kernel, backend.stream().lastKernel());
    float[] to = read(out);
    long[] at = new long[x.rank()];
    for (long i = 0; i < x.size(); i++) {
      long rest = i;
      long source = x.offset();
      long target = out.offset();
      for (int d = x.rank() - 1; d >= 0; d--) {
        at[d] = rest % x.dim(d);
        rest /= x.dim(d);
        source += at[d] * x.stride(d);
        target += at[d] * out.stride(d);
      }
      assertEquals(from[(int) source], to[(int) target]);
    }
  }

  @Test
  void transposesGoThroughTiles() {
    copies(floats(Shape.of(33, 40)).swap(0, 1), floats(Shape.of(40, 33)), "copy_transpose_b32");
    copies(floats(Shape.of(3, 33, 9)).swap(1, 2), floats(Shape.of(3, 9, 33)), "copy_transpose_b32"); // a batch
    copies(floats(Shape.of(2, 8, 5, 7)), floats(Shape.of(2, 5, 7, 8)).permute(0, 3, 1, 2), "copy_transpose_b32"); // channels-last
    copies(floats(Shape.of(40, 50)).slice(1, 3, 33, 1).swap(0, 1), floats(Shape.of(33, 40)), "copy_transpose_b32");
    copies(floats(Shape.of(12, 3, 10)).permute(2, 1, 0), floats(Shape.of(10, 3, 12)), "copy_transpose_b32");
    copies(floats(Shape.of(4, 40)).swap(0, 1), floats(Shape.of(40, 4)), "copy_b32"); // too narrow to gain
  }

  @Test
  void wholeRowsMoveInLargePieces() {
    copies(floats(Shape.of(5, 16)).slice(1, 4, 8, 1), floats(Shape.of(5, 8)), "copy_b128");
    copies(floats(Shape.of(5, 16)).slice(1, 2, 8, 1), floats(Shape.of(5, 8)), "copy_b64");
    copies(floats(Shape.of(5, 16)).slice(1, 1, 8, 1), floats(Shape.of(5, 8)), "copy_b32");
    copies(floats(Shape.of(5, 16)).slice(1, 4, 7, 1), floats(Shape.of(5, 7)), "copy_b32");
    copies(floats(Shape.of(1, 8)).expand(Shape.of(5, 8)), floats(Shape.of(5, 8)), "copy_b128"); // repeated rows
  }

  private View indices(int... values) {
    return upload(Shape.of(values.length), DType.INT32, MemorySegment.ofArray(values));
  }

  private static View alongRows(View index, long columns) {
    return index.with(Shape.of(index.dim(0), columns), new long[] {1, 0}, index.offset());
  }

  @Test
  void gatheredRowsMoveInLargePieces() {
    for (int width : new int[] {8, 6, 5}) {
      View x = floats(Shape.of(7, width));
      int[] rows = {6, 0, 3, 3};
      View out = floats(Shape.of(4, width));
      backend.gather(x, 0, alongRows(indices(rows), width), out);
      assertEquals("indexing_gather_b" + (width == 8 ? 128 : width == 6 ? 64 : 32) + "_i32", backend.stream().lastKernel());
      float[] from = read(x);
      float[] to = read(out);
      for (int i = 0; i < to.length; i++) {
        assertEquals(from[rows[i / width] * width + i % width], to[i]);
      }
    }
  }

  @Test
  void longScattersAreSortedAndSumInTheOrderOfTheSource() {
    for (int length : new int[] {63, 64, 1500}) {
      int width = 3;
      View x = floats(Shape.of(length, width));
      int[] rows = random.ints(length, 0, 9).toArray();
      View out = floats(Shape.of(9, width));
      float[] expected = read(out);
      float[] from = read(x);
      for (int i = 0; i < from.length; i++) {
        expected[rows[i / width] * width + i % width] += from[i];
      }
      backend.scatterAdd(x, 0, alongRows(indices(rows), width), out);
      assertEquals(length < 64 ? "indexing_scatter_f32_i32" : "indexing_scatter_sorted_f32", backend.stream().lastKernel());
      assertArrayEquals(expected, read(out)); // the same bits
    }
  }

  @Test
  void aSortedScatterReportsAWrongIndex() {
    int[] rows = new int[100];
    rows[40] = -2;
    View out = floats(Shape.of(9, 3));
    backend.scatterAdd(floats(Shape.of(100, 3)), 0, alongRows(indices(rows), 3), out);
    String message = assertThrows(IndexOutOfBoundsException.class, backend::synchronize).getMessage();
    assertEquals("scatterAdd along axis 0: index -2 is outside an axis of size 9", message);
  }

  @Test
  void theLeastNumberIsNoClass() {
    View x = floats(Shape.of(2, 4));
    View target = upload(Shape.of(2), DType.INT64, MemorySegment.ofArray(new long[] {1, Long.MIN_VALUE}));
    View loss = floats(Shape.of(2));
    try (var device = Device.of(SimulatedCudaProvider.open(Set.of()))) {
      backend.fused(device.allocator()).crossEntropy(x, target, loss, null);
    }
    String message = assertThrows(IndexOutOfBoundsException.class, backend::synchronize).getMessage();
    assertEquals("crossEntropy: index " + Long.MIN_VALUE + " is outside an axis of size 4", message);
  }
}
