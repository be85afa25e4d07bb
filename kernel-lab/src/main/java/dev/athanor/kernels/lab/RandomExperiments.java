package dev.athanor.kernels.lab;

import dev.athanor.backend.Philox;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import java.util.ArrayList;
import java.util.List;

/** The family {@code random} against {@link Philox}, bit for bit. */
final class RandomExperiments {
  // An offset whose low word overflows within the first blocks, and a key and stream with all bits in play.
  private static final long SEED = 0x9A3C5F7E12B4D680L;
  private static final long STREAM = 0xF00DFACE00000003L;
  private static final long OFFSET = 0x00000002FFFFFFFAL;
  private static final long DELTA = 3;
  private static final float P = 0.3f;

  private RandomExperiments() {}

  static List<Experiment> all() {
    List<Experiment> all = new ArrayList<>();
    for (Kernel kernel : Kernels.family("random")) {
      String entry = kernel.entry();
      if (entry.startsWith("random_dropout")) {
        all.add(new Experiment(kernel, "", (bench, n) -> dropout(bench, kernel, n)));
      } else if (entry.equals("random_advance")) {
        all.add(new Experiment(kernel, "", (bench, n) -> advance(bench, kernel, n)));
      } else {
        all.add(new Experiment(kernel, "", (bench, n) -> fill(bench, kernel, n)));
      }
    }
    return all;
  }

  private static void fill(Bench bench, Kernel kernel, int n) {
    Cell cell = Cell.named(kernel.entry());
    Bench.Array state = bench.in(Cell.I64, new long[] {SEED, STREAM, OFFSET});
    Bench.Array out = bench.out(cell, n);
    bench.parameters(kernel).pointer(out.address()).int64(n).pointer(state.address()).int64(DELTA);
    bench.launch(kernel, n);
    if (kernel.entry().startsWith("random_bits")) {
      bench.expect(out, bits(n));
    } else {
      bench.expectBits(out, floats(kernel.entry().startsWith("random_normal"), cell, n));
    }
  }

  private static void dropout(Bench bench, Kernel kernel, int n) {
    Cell cell = Cell.named(kernel.entry());
    double[] x = bench.uniform(n, -2, 2);
    Bench.Array state = bench.in(Cell.I64, new long[] {SEED, STREAM, OFFSET});
    Bench.Array in = bench.in(cell, x);
    Bench.Array out = bench.out(cell, n);
    float scale = (float) (1 / (1 - (double) P));
    bench.parameters(kernel).pointer(in.address()).pointer(out.address()).int64(n).float32(P).scalar(scale)
        .pointer(state.address()).int64(DELTA);
    bench.launch(kernel, n);
    double[] u = floats(false, Cell.F32, n);
    double[] y = new double[n];
    for (int i = 0; i < n; i++) {
      y[i] = u[i] >= P ? cell == Cell.F32 ? (float) x[i] * scale : x[i] * scale : 0;
    }
    bench.expectBits(out, y);
  }

  private static void advance(Bench bench, Kernel kernel, int n) {
    Bench.Array state = bench.inOut(Cell.I64, new long[] {SEED, STREAM, OFFSET});
    bench.parameters(kernel).pointer(state.address()).int64(n);
    bench.launch(kernel, 1);
    bench.expect(state, new long[] {SEED, STREAM, OFFSET + n});
  }

  private static long[] bits(int n) {
    long[] out = new long[n];
    int[] words = new int[4];
    for (int i = 0; i < n; i++) {
      if (i % 4 == 0) {
        Philox.block(SEED, STREAM, OFFSET + DELTA + i / 4, words);
      }
      out[i] = words[i % 4];
    }
    return out;
  }

  private static double[] floats(boolean normal, Cell cell, int n) {
    double[] out = new double[n];
    int[] w = new int[4];
    int perBlock = 16 / cell.bytes();
    for (int i = 0; i < n; i++) {
      int j = i % perBlock;
      if (j == 0) {
        Philox.block(SEED, STREAM, OFFSET + DELTA + i / perBlock, w);
      }
      boolean odd = j % 2 != 0;
      if (cell == Cell.F32) {
        out[i] = normal ? Philox.normal(w[j & 2], w[j | 1], odd) : Philox.uniform(w[j]);
      } else {
        out[i] = normal ? Philox.normal(w[0], w[1], w[2], w[3], odd) : Philox.uniform(w[2 * j], w[2 * j + 1]);
      }
    }
    return out;
  }
}
