package dev.athanor.cpu.linalg;

import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/**
 * Matrix products of float64 (gradient checks, references) and integers: row by row, each row of the result a sum of scaled
 * rows of b.
 */
final class PlainGemm {
  private PlainGemm() {}

  static void run(WorkPool pool, double alpha, View a, View b, double beta, View c) {
    int r = c.rank();
    long m = c.dim(r - 2);
    long n = c.dim(r - 1);
    long k = a.dim(r - 1);
    long rows = c.size() / n;
    long group = Math.max(1, Math.max(rows / 64, 32768 / (n * k)));
    pool.parallelFor((int) Tiles.ceil(rows, group), chunk -> {
      for (long row = chunk * group; row < Math.min(rows, (chunk + 1) * group); row++) {
        row(alpha, a, b, beta, c, row / m, row % m, n, k);
      }
    });
  }

  private static long matrix(View v, long index) {
    long offset = 0;
    for (int i = v.rank() - 3; i >= 0; i--) {
      offset += index % v.dim(i) * v.stride(i);
      index /= v.dim(i);
    }
    return CpuBuffer.of(v) + offset * v.dtype().bytes();
  }

  private static void row(double alpha, View a, View b, double beta, View c, long index, long i, long n, long k) {
    int r = c.rank();
    int bytes = c.dtype().bytes();
    long pa = matrix(a, index) + i * a.stride(r - 2) * bytes;
    long pb = matrix(b, index);
    long pc = matrix(c, index) + i * c.stride(r - 2) * bytes;
    long aNext = a.stride(r - 1) * bytes;
    long bNext = b.stride(r - 2) * bytes;
    long bColumn = b.stride(r - 1) * bytes;
    long cColumn = c.stride(r - 1) * bytes;
    long sums = Scratch.take(Scratch.ROWS, 8 * n);
    if (c.dtype() == DType.FLOAT64) {
      doubles(n, k, pa, aNext, pb, bNext, bColumn, sums);
      for (long j = 0; j < n; j++) {
        double v = alpha * Memory.getDouble(sums + 8 * j);
        long at = pc + j * cColumn;
        Memory.putDouble(at, beta == 0 ? v : v + beta * Memory.getDouble(at));
      }
    } else {
      integers(bytes, n, k, pa, aNext, pb, bNext, bColumn, sums);
      for (long j = 0; j < n; j++) {
        long v = (long) alpha * Memory.getLong(sums + 8 * j);
        long at = pc + j * cColumn;
        put(bytes, at, beta == 0 ? v : v + (long) beta * get(bytes, at));
      }
    }
  }

  private static void doubles(long n, long k, long a, long aNext, long b, long bNext, long bColumn, long sums) {
    Memory.zero(sums, 8 * n);
    for (long p = 0; p < k; p++) {
      double f = Memory.getDouble(a + p * aNext);
      long from = b + p * bNext;
      for (long j = 0; j < n; j++) {
        long at = sums + 8 * j;
        Memory.putDouble(at, Math.fma(f, Memory.getDouble(from + j * bColumn), Memory.getDouble(at)));
      }
    }
  }

  private static void integers(int bytes, long n, long k, long a, long aNext, long b, long bNext, long bColumn, long sums) {
    Memory.zero(sums, 8 * n);
    for (long p = 0; p < k; p++) {
      long f = get(bytes, a + p * aNext);
      for (long j = 0; j < n; j++) {
        long at = sums + 8 * j;
        Memory.putLong(at, Memory.getLong(at) + f * get(bytes, b + p * bNext + j * bColumn));
      }
    }
  }

  private static long get(int bytes, long address) {
    return bytes == 4 ? Memory.getInt(address) : Memory.getLong(address);
  }

  private static void put(int bytes, long address, long value) {
    if (bytes == 4) {
      Memory.putInt(address, (int) value);
    } else {
      Memory.putLong(address, value);
    }
  }
}
