package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Window;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which convolutions go to cuDNN, and what is copied for it. Their values are tested in {@link CudnnConformanceTest}. */
class CudnnConvolutionTest {
  private final CudaBackend backend = SimulatedCudaProvider.open("cuda-sim", SimulatedMachine.of(Set.of()).withCudnn());
  private final FusedOps ops = backend.fused(new Temporaries.StreamWorkspace(backend.stream()));
  private final Random random = new Random(1);

  @AfterEach
  void close() {
    backend.close();
  }

  private static Window window(int pad, int padHigh, int groups) {
    return new Window(new long[] {3, 3}, new long[] {1, 1}, new long[] {pad, pad}, new long[] {padHigh, pad}, new long[] {1, 1},
        groups);
  }

  private View floats(long... dims) {
    Shape shape = Shape.of(dims);
    float[] values = new float[(int) shape.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    View v = View.of(backend.allocate(shape.size() * 4), DType.FLOAT32, shape);
    backend.upload(MemorySegment.ofArray(values), v.buffer(), 0);
    return v;
  }

  /** {@code [N, C, H, W]} over memory in the order {@code [N, H, W, C]}. */
  private View channelsLast(long n, long c, long h, long w) {
    return floats(n, h, w, c).permute(0, 3, 1, 2);
  }

  private float[] values(View v) {
    float[] values = new float[(int) v.size()];
    backend.download(v.buffer(), 0, MemorySegment.ofArray(values));
    return values;
  }

  /** How many kernels and operations of libraries a call gives, and the last of them. */
  private String launched(Runnable call) {
    long before = backend.stream().given();
    call.run();
    long after = backend.stream().given();
    return after - before + " " + (after == before ? "" : backend.stream().lastKernel());
  }

  @Test
  void channelsFirstAndLastGoToTheLibraryWithoutACopyOfImages() {
    View w = floats(5, 4, 3, 3);
    View x = floats(2, 4, 6, 7);
    View y = floats(2, 5, 6, 7);
    View dw = floats(5, 4, 3, 3);
    assertEquals("1 convolution", launched(() -> ops.convolution(x, w, null, window(1, 1, 1), y)));
    assertEquals("1 convolution, input gradient", launched(() -> ops.convolutionInputGrad(y, w, window(1, 1, 1), x)));
    assertEquals("1 convolution, filter gradient", launched(() -> ops.convolutionWeightGrad(x, y, window(1, 1, 1), 1, dw)));
    View lastX = channelsLast(2, 4, 6, 7);
    View lastY = channelsLast(2, 5, 6, 7);
    // The filters alone are put in the images' order: one copy there, or one back.
    assertTrue(launched(() -> ops.convolution(lastX, w, null, window(1, 1, 1), lastY)).startsWith("2 "));
    assertTrue(launched(() -> ops.convolutionInputGrad(lastY, w, window(1, 1, 1), lastX)).startsWith("2 "));
    assertTrue(launched(() -> ops.convolutionWeightGrad(lastX, lastY, window(1, 1, 1), 0, dw)).startsWith("2 "));
  }

  @Test
  void biasAndActivationAreOneMoreLaunch() {
    View x = floats(2, 4, 6, 7);
    View y = floats(2, 5, 6, 7);
    assertEquals("2 bias_identity_f32",
        launched(() -> ops.convolution(x, floats(5, 4, 3, 3), floats(5), window(1, 1, 1), y)));
    assertEquals("2 bias_relu_f32",
        launched(() -> ops.convolution(x, floats(5, 4, 3, 3), floats(5), window(1, 1, 1), Unary.of(UnaryOp.RELU), y)));
    assertEquals("2 unary_tanh_f32",
        launched(() -> ops.convolution(x, floats(5, 4, 3, 3), null, window(1, 1, 1), Unary.of(UnaryOp.TANH), y)));
  }

  @Test
  void whatTheLibraryDoesNotDoIsDoneByKernels() {
    View x = floats(2, 4, 6, 7);
    View w = floats(4, 4, 3, 3);
    assertEquals("2 matrix product", launched(() -> ops.convolution(x, w, null, window(1, 0, 1), floats(2, 4, 5, 7))), "padding");
    assertTrue(launched(() -> ops.convolution(x, floats(4, 1, 3, 3), null, window(1, 1, 4), floats(2, 4, 6, 7)))
        .contains("depthwise"));
    View wide = View.of(backend.allocate(2 * 4 * 6 * 7 * 8), DType.FLOAT64, Shape.of(2, 4, 6, 7));
    View filters = View.of(backend.allocate(4 * 4 * 9 * 8), DType.FLOAT64, Shape.of(4, 4, 3, 3));
    backend.fill(wide, 0);
    backend.fill(filters, 0);
    View out = View.of(backend.allocate(2 * 4 * 6 * 7 * 8), DType.FLOAT64, Shape.of(2, 4, 6, 7));
    assertEquals("2 matrix product", launched(() -> ops.convolution(wide, filters, null, window(1, 1, 1), out)), "float64");
  }

  @Test
  void aLayoutThatTheLibraryRefusesIsCopied() {
    View x = channelsLast(2, 4, 6, 7);
    View y = channelsLast(2, 4, 6, 7);
    View w = floats(4, 2, 3, 3);
    assertTrue(launched(() -> ops.convolution(x, w, null, window(1, 1, 2), y)).startsWith("3 "), "x there and y back");
  }

  @Test
  void withoutTheLibraryChannelsLastResultsAreWrittenInPlace() {
    try (CudaBackend own = SimulatedCudaProvider.open(Set.of())) {
      FusedOps kernels = own.fused(new Temporaries.StreamWorkspace(own.stream()));
      View x = View.of(own.allocate(2 * 4 * 6 * 7 * 4), DType.FLOAT32, Shape.of(2, 6, 7, 4)).permute(0, 3, 1, 2);
      View w = View.of(own.allocate(5 * 4 * 9 * 4), DType.FLOAT32, Shape.of(5, 4, 3, 3));
      View y = View.of(own.allocate(2 * 5 * 6 * 7 * 4), DType.FLOAT32, Shape.of(2, 6, 7, 5)).permute(0, 3, 1, 2);
      own.fill(x, 0);
      own.fill(w, 0);
      long before = own.stream().given();
      kernels.convolution(x, w, null, window(1, 1, 1), y);
      assertEquals(before + 2, own.stream().given(), "im2col, and the product writes y");
    }
  }

  @Test
  void lowerPrecisionRoundsFactorsAndTheSameCallGivesTheSameBits() {
    View x = floats(2, 4, 6, 7);
    View w = floats(5, 4, 3, 3);
    View y = floats(2, 5, 6, 7);
    ops.convolution(x, w, null, window(1, 1, 1), y);
    float[] exact = values(y);
    ops.convolution(x, w, null, window(1, 1, 1), y);
    assertArrayEquals(exact, values(y));
    backend.matmulPrecision(MatmulPrecision.TF32);
    ops.convolution(x, w, null, window(1, 1, 1), y);
    assertTrue(!Arrays.equals(exact, values(y)), "TF32 changes the last digits");
    assertArrayEquals(exact, values(y), 36 * 0.25f * 2 * 0x1p-10f);
  }

  @Test
  void theUseOfCudnnIsAProperty() {
    assertEquals(CudnnUse.OFF, CudnnUse.of("off"));
    String message = assertThrows(AthanorException.class, () -> CudnnUse.of("yes")).getMessage();
    assertEquals("athanor.cuda.cudnn: expected auto, on or off, found 'yes'", message);
    assertEquals("9.5.1", CudnnLibrary.version(90501));
    assertEquals("8.9.2", CudnnLibrary.version(8902));
  }
}
