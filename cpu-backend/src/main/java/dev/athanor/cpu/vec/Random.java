package dev.athanor.cpu.vec;

import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.athanor.backend.Philox;
import dev.athanor.backend.RandomKind;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;
import jdk.incubator.vector.FloatVector;

/** Random numbers, the same bits as {@link Philox}. */
public final class Random {
  /** Elements per chunk: a multiple of every block size. */
  private static final int CHUNK = 8192;

  private Random() {}

  /** See {@link dev.athanor.backend.Backend#random}. */
  public static void fill(WorkPool pool, RandomKind kind, View state, long delta, View out) {
    long n = out.size();
    if (n == 0) {
      return;
    }
    long at = CpuBuffer.of(state);
    long seed = Memory.getLong(at);
    long stream = Memory.getLong(at + 8L * state.stride(0));
    long offset = Memory.getLong(at + 16L * state.stride(0)) + delta;
    long to = CpuBuffer.of(out);
    boolean wide = out.dtype() == DType.FLOAT64;
    pool.parallelFor((int) ((n + CHUNK - 1) / CHUNK), chunk -> {
      long first = (long) chunk * CHUNK;
      int count = (int) Math.min(CHUNK, n - first);
      if (wide) {
        doubles(kind, seed, stream, offset + first / 2, to + 8 * first, count);
      } else {
        floats(kind, seed, stream, offset + first / 4, to + 4 * first, count);
      }
    });
  }

  private static void floats(RandomKind kind, long seed, long stream, long block, long to, int n) {
    long words = Scratch.take(Scratch.OPERANDS, 4L * (CHUNK + 64));
    PhiloxWords.fill(seed, stream, block, words, (n + 3) / 4);
    switch (kind) {
      case BITS -> Memory.copy(words, to, 4L * n);
      case UNIFORM -> uniform(words, to, n);
      case NORMAL -> {
        for (int i = 0; i < n; i++) {
          long pair = words + 4L * (i & ~1);
          Memory.putFloat(to + 4L * i, Philox.normal(Memory.getInt(pair), Memory.getInt(pair + 4), (i & 1) != 0));
        }
      }
    }
  }

  /** Words to numbers in [0, 1); in place is allowed. */
  static void uniform(long words, long to, int n) {
    int i = 0;
    for (; i <= n - Vec.W; i += Vec.W) {
      var bits = Vec.loadInts(words + 4L * i).lanewise(LSHR, 8);
      Vec.store(((FloatVector) bits.convert(jdk.incubator.vector.VectorOperators.I2F, 0)).mul(0x1p-24f), to + 4L * i);
    }
    for (; i < n; i++) {
      Memory.putFloat(to + 4L * i, Philox.uniform(Memory.getInt(words + 4L * i)));
    }
  }

  private static void doubles(RandomKind kind, long seed, long stream, long block, long to, int n) {
    long words = Scratch.take(Scratch.OPERANDS, 8L * (CHUNK + 64));
    PhiloxWords.fill(seed, stream, block, words, (n + 1) / 2);
    for (int i = 0; i < n; i++) {
      long w = words + 16L * (i / 2);
      int w0 = Memory.getInt(w);
      int w1 = Memory.getInt(w + 4);
      int w2 = Memory.getInt(w + 8);
      int w3 = Memory.getInt(w + 12);
      boolean odd = (i & 1) != 0;
      Memory.putDouble(to + 8L * i, switch (kind) {
        case UNIFORM -> odd ? Philox.uniform(w2, w3) : Philox.uniform(w0, w1);
        case NORMAL -> Philox.normal(w0, w1, w2, w3, odd);
        case BITS -> throw new IllegalArgumentException("BITS are int32");
      });
    }
  }

  /** See {@link dev.athanor.backend.FusedOps#dropout}; float32, both contiguous. */
  public static void dropout(WorkPool pool, View x, View state, long delta, double p, View y) {
    long n = x.size();
    long at = CpuBuffer.of(state);
    long seed = Memory.getLong(at);
    long stream = Memory.getLong(at + 8L * state.stride(0));
    long offset = Memory.getLong(at + 16L * state.stride(0)) + delta;
    long from = CpuBuffer.of(x);
    long to = CpuBuffer.of(y);
    float scale = (float) (1 / (1 - p));
    pool.parallelFor((int) ((n + CHUNK - 1) / CHUNK), chunk -> {
      long first = (long) chunk * CHUNK;
      int count = (int) Math.min(CHUNK, n - first);
      long words = Scratch.take(Scratch.OPERANDS, 4L * (CHUNK + 64));
      PhiloxWords.fill(seed, stream, offset + first / 4, words, (count + 3) / 4);
      uniform(words, words, count);
      drop(words, from + 4 * first, to + 4 * first, count, (float) p, scale);
    });
  }

  private static void drop(long u, long x, long y, int n, float p, float scale) {
    FloatVector limit = Vec.of(p);
    FloatVector factor = Vec.of(scale);
    for (int i = 0; i < n; i += Vec.W) {
      var m = Vec.tail(n - i);
      var kept = Vec.load(u + 4L * i, m).compare(jdk.incubator.vector.VectorOperators.GE, limit);
      Vec.store(Vec.ZERO.blend(Vec.load(x + 4L * i, m).mul(factor), kept), y + 4L * i, m);
    }
  }
}
