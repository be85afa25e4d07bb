package dev.athanor.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.athanor.backend.FusedOps;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.backend.OptimizerStep;
import dev.athanor.backend.RandomKind;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Window;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Results do not depend on the number of threads: 1, 2 and 3 give the same bits, with oneDNN and without. */
class SameBitsTest {
  private static void sameBits(boolean library, Function<Memo, View> work) {
    float[] expected = null;
    for (int threads = 1; threads <= 3; threads++) {
      try (CpuBackend backend = new CpuBackend(threads, library)) {
        Memo memo = new Memo(backend);
        float[] got = memo.floats(work.apply(memo));
        if (expected == null) {
          expected = got;
        } else {
          assertArrayEquals(expected, got, 0f, threads + " threads differ from one");
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"true, 512, 512, 512", "true, 32, 512, 784", "true, 512, 784, 32", "true, 1, 700, 900", "true, 333, 65, 1023",
      "false, 512, 512, 512", "false, 32, 512, 784", "false, 1, 700, 900", "false, 333, 65, 1023"})
  void products(boolean library, int m, int n, int k) {
    sameBits(library, memo -> {
      View c = memo.noise(3, m, n);
      memo.backend.gemm(1.5, memo.noise(1, m, k), memo.noise(2, n, k).swap(0, 1), 0.5, c);
      return c;
    });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void linear(boolean library) {
    sameBits(library, memo -> {
      View y = memo.empty(DType.FLOAT32, 96, 300);
      memo.backend.fused(memo).linear(memo.noise(1, 96, 400), memo.noise(2, 300, 400), memo.noise(3, 300),
          Unary.of(UnaryOp.TANH), y);
      return y;
    });
  }

  private static final Window WINDOW = new Window(new long[] {3, 3}, new long[] {1, 1}, new long[] {1, 1}, new long[] {1, 1},
      new long[] {1, 1}, 1);

  private static View channelsLast(Memo memo, View x) {
    View y = memo.empty(DType.FLOAT32, x.dim(0), x.dim(2), x.dim(3), x.dim(1)).permute(0, 3, 1, 2);
    memo.backend.copy(x, y);
    return y;
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void convolutions(boolean library, boolean last) {
    for (int which = 0; which < 3; which++) {
      int direction = which;
      sameBits(library, memo -> {
        View x = memo.noise(1, 13, 16, 14, 14);
        View dy = memo.noise(2, 13, 24, 14, 14);
        View w = memo.noise(3, 24, 16, 3, 3);
        if (last) {
          x = channelsLast(memo, x);
          dy = channelsLast(memo, dy);
        }
        FusedOps fused = memo.backend.fused(memo);
        switch (direction) {
          case 0 -> fused.convolution(x, w, memo.noise(4, 24), WINDOW, dy);
          case 1 -> fused.convolutionInputGrad(dy, w, WINDOW, x);
          default -> fused.convolutionWeightGrad(x, dy, WINDOW, 1, w);
        }
        return direction == 0 ? dy : direction == 1 ? x : w;
      });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "rows", "columns", "middle"})
  void sums(String axes) {
    sameBits(false, memo -> {
      View x = memo.noise(1, 60, 70, 80);
      View y = switch (axes) {
        case "all" -> memo.empty(DType.FLOAT32, 1, 1, 1);
        case "rows" -> memo.empty(DType.FLOAT32, 60, 70, 1);
        case "columns" -> memo.empty(DType.FLOAT32, 1, 1, 80);
        default -> memo.empty(DType.FLOAT32, 60, 1, 80);
      };
      memo.backend.reduce(ReduceOp.SUM, x, y);
      return y;
    });
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void batchNorm(boolean last) {
    sameBits(false, memo -> {
      View x = memo.noise(1, 33, 20, 15, 15);
      View dy = memo.noise(2, 33, 20, 15, 15);
      if (last) {
        x = channelsLast(memo, x);
        dy = channelsLast(memo, dy);
      }
      View gamma = memo.noise(3, 20);
      View mean = memo.empty(DType.FLOAT32, 20);
      View scale = memo.empty(DType.FLOAT32, 20);
      FusedOps fused = memo.backend.fused(memo);
      fused.batchNorm(x, gamma, memo.noise(4, 20), null, null, 0.1, 1e-5, mean, scale, x);
      fused.batchNormGrad(x, gamma, mean, scale, dy, dy, memo.empty(DType.FLOAT32, 20), memo.empty(DType.FLOAT32, 20));
      return dy;
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 1000})
  void rows(int classes) {
    sameBits(false, memo -> {
      FusedOps fused = memo.backend.fused(memo);
      View x = memo.noise(1, 200, classes);
      View gamma = memo.noise(2, classes);
      View mean = memo.empty(DType.FLOAT32, 200);
      View scale = memo.empty(DType.FLOAT32, 200);
      fused.layerNorm(x, gamma, gamma, 1e-5, mean, scale, x);
      View dgamma = memo.empty(DType.FLOAT32, classes);
      fused.layerNormGrad(x, gamma, mean, scale, x, x, dgamma, null);
      fused.softmax(x, 1, true, x);
      View out = memo.empty(DType.FLOAT32, 201, classes);
      memo.backend.copy(x, out.slice(0, 0, 200, 1));
      memo.backend.copy(dgamma, out.select(0, 200));
      return out;
    });
  }

  @ParameterizedTest
  @ValueSource(ints = {100, 100_000})
  void randomNumbersAndOptimizers(int n) {
    sameBits(false, memo -> {
      View state = memo.empty(DType.INT64, 3);
      memo.backend.upload(MemorySegment.ofArray(new long[] {7, 8, 9}), state.buffer(), 0);
      View g = memo.empty(DType.FLOAT32, n);
      memo.backend.random(RandomKind.NORMAL, state, 5, g);
      FusedOps fused = memo.backend.fused(memo);
      fused.dropout(g, state, 1, 0.3, g);
      View hyper = memo.empty(DType.FLOAT64, 2);
      memo.backend.upload(MemorySegment.ofArray(new double[] {0.01, 3}), hyper.buffer(), 0);
      View norm = memo.empty(DType.FLOAT32);
      fused.globalNorm(List.of(g), norm);
      fused.clipToNorm(List.of(g), norm, 1);
      View p = memo.noise(1, n);
      fused.optimizerStep(new OptimizerStep(new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0.01, true, false, false), hyper, List.of(p),
          List.of(g), List.of(List.of(memo.noise(2, n), squares(memo, n)))));
      return p;
    });
  }

  private static View squares(Memo memo, int n) {
    View v = memo.noise(3, n);
    memo.backend.unary(Unary.of(UnaryOp.SQUARE), v, v);
    return v;
  }
}
