package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import dev.athanor.cpu.pool.WorkPool;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/**
 * Batch normalisation of float32 {@code x[N, C, …]} in the two layouts that networks use. With planes (NCHW) each channel is one
 * task: its runs are summed, and normalised while they are in the cache. With lines (channels last) blocks of lines are
 * summed column by column, and the blocks' sums added in order.
 */
public final class BatchNorm {
  /** Where elements are: {@code outer} runs of {@code inner} neighbours for each channel. */
  private record Planes(long images, long channels, int inner) {}

  /** Lines of {@code channels} neighbours. */
  private record Lines(long lines, int channels) {}

  private static final int BLOCK = 256;

  private final WorkPool pool;
  private final Planes planes;
  private final Lines lines;

  private BatchNorm(WorkPool pool, Planes planes, Lines lines) {
    this.pool = pool;
    this.planes = planes;
    this.lines = lines;
  }

  /** The way to handle operands of one shape (null is allowed), or null if their layouts differ or are of another kind. */
  public static BatchNorm of(WorkPool pool, View... operands) {
    boolean allPlanes = true;
    boolean allLines = true;
    View first = operands[0];
    for (View v : operands) {
      if (v == null) {
        continue;
      }
      if (v.dtype() != DType.FLOAT32 || v.size() == 0) {
        return null;
      }
      allPlanes &= v.rank() > 2 && v.select(1, 0).select(0, 0).isContiguous();
      allLines &= pitch(v) > 0;
    }
    long inner = first.size() / first.dim(0) / first.dim(1);
    if (allLines && first.dim(1) <= 1 << 24) {
      return new BatchNorm(pool, null, new Lines(first.size() / first.dim(1), (int) first.dim(1)));
    }
    return allPlanes && inner <= 1 << 24 ? new BatchNorm(pool, new Planes(first.dim(0), first.dim(1), (int) inner), null) : null;
  }

  /** Elements from one line of channels to the next, or 0 where the elements do not lie in such lines. */
  private static long pitch(View v) {
    if (v.dim(1) > 1 && v.stride(1) != 1) {
      return 0;
    }
    long step = 0;
    long expected = 0;
    for (int axis = v.rank() - 1; axis >= 0; axis--) {
      if (axis == 1 || v.dim(axis) == 1) {
        continue;
      }
      if (step == 0) {
        step = v.stride(axis);
        expected = step;
      }
      if (v.stride(axis) != expected) {
        return 0;
      }
      expected *= v.dim(axis);
    }
    return step == 0 ? v.dim(1) : step >= v.dim(1) ? step : 0;
  }

  /** See {@link dev.athanor.backend.FusedOps#batchNorm}. */
  public void forward(View x, View gamma, View beta, View runningMean, View runningVariance, double momentum, double epsilon,
      View mean, View invStd, View y) {
    long channels = x.dim(1);
    long m = x.size() / channels;
    long space = Scratch.take(Scratch.CHANNELS, 20 * channels);
    long scale = space + 8 * channels;
    long shift = scale + 4 * channels;
    if (planes != null) {
      overChannels(c -> {
        double centre = planeSum(Folds.SUM, x, x, c, 0) / m;
        double variance = planeSum(Folds.SPREAD, x, x, c, (float) centre) / m;
        statistics(c, (float) centre, variance, epsilon, gamma, beta, mean, invStd, space, scale, shift);
        planeAffine(x, y, c, (float) centre, Memory.getFloat(scale + 4 * c), Memory.getFloat(shift + 4 * c));
      });
    } else {
      long means = shift + 4 * channels;
      double[] sums = lineSums(Folds.SUM, x, x, 0);
      for (int c = 0; c < channels; c++) {
        Memory.putFloat(means + 4L * c, (float) (sums[c] / m));
      }
      double[] spreads = lineSums(Folds.SPREAD, x, x, means);
      for (int c = 0; c < channels; c++) {
        statistics(c, Memory.getFloat(means + 4L * c), spreads[c] / m, epsilon, gamma, beta, mean, invStd, space, scale, shift);
      }
      lineAffine(x, y, means, scale, shift);
    }
    for (long c = 0; c < channels; c++) {
      if (runningMean != null) {
        track(runningMean, c, get(mean, c), momentum);
      }
      if (runningVariance != null) {
        track(runningVariance, c, Memory.getDouble(space + 8 * c) * ((double) m / (m - 1)), momentum);
      }
    }
  }

  private static void statistics(long c, float centre, double variance, double epsilon, View gamma, View beta, View mean,
      View invStd, long variances, long scale, long shift) {
    float inverse = (float) (1 / Math.sqrt(variance + epsilon));
    put(mean, c, centre);
    put(invStd, c, inverse);
    Memory.putDouble(variances + 8 * c, variance);
    Memory.putFloat(scale + 4 * c, gamma == null ? inverse : inverse * get(gamma, c));
    Memory.putFloat(shift + 4 * c, beta == null ? 0 : get(beta, c));
  }

  private static void track(View running, long c, double now, double momentum) {
    float old = get(running, c);
    put(running, c, (float) (old + momentum * (now - old)));
  }

  /** See {@link dev.athanor.backend.FusedOps#batchNormInference}. */
  public void inference(View x, View gamma, View beta, View mean, View variance, double epsilon, View y) {
    long channels = x.dim(1);
    long means = Scratch.take(Scratch.CHANNELS, 12 * channels);
    long scale = means + 4 * channels;
    long shift = scale + 4 * channels;
    for (long c = 0; c < channels; c++) {
      double inverse = 1 / Math.sqrt(get(variance, c) + epsilon);
      Memory.putFloat(means + 4 * c, get(mean, c));
      Memory.putFloat(scale + 4 * c, (float) (gamma == null ? inverse : inverse * get(gamma, c)));
      Memory.putFloat(shift + 4 * c, beta == null ? 0 : get(beta, c));
    }
    if (planes != null) {
      overChannels(c -> planeAffine(x, y, c, Memory.getFloat(means + 4 * c), Memory.getFloat(scale + 4 * c),
          Memory.getFloat(shift + 4 * c)));
    } else {
      lineAffine(x, y, means, scale, shift);
    }
  }

  /** See {@link dev.athanor.backend.FusedOps#batchNormGrad}. */
  public void grad(View x, View gamma, View mean, View invStd, View dy, View dx, View dgamma, View dbeta) {
    long channels = x.dim(1);
    long m = x.size() / channels;
    if (planes != null) {
      overChannels(c -> {
        double sum = planeSum(Folds.SUM, dy, dy, c, 0);
        double dot = planeSum(Folds.CENTRED_DOT, x, dy, c, get(mean, c)) * get(invStd, c);
        put(dbeta, c, (float) sum);
        put(dgamma, c, (float) dot);
        if (dx != null) {
          float a = get(invStd, c) * (gamma == null ? 1 : get(gamma, c));
          planeGrad(x, dy, dx, c, get(mean, c), a, (float) (-a * dot / m * get(invStd, c)), (float) (-a * sum / m));
        }
      });
      return;
    }
    long means = Scratch.take(Scratch.CHANNELS, 16 * channels);
    for (long c = 0; c < channels; c++) {
      Memory.putFloat(means + 4 * c, get(mean, c));
    }
    double[][] both = gradientSums(x, dy, means);
    double[] sums = both[0];
    double[] dots = both[1];
    long pa = means + 4 * channels;
    long pb = pa + 4 * channels;
    long pc = pb + 4 * channels;
    for (int c = 0; c < channels; c++) {
      double dot = dots[c] * get(invStd, c);
      put(dbeta, c, (float) sums[c]);
      put(dgamma, c, (float) dot);
      float a = get(invStd, c) * (gamma == null ? 1 : get(gamma, c));
      Memory.putFloat(pa + 4L * c, a);
      Memory.putFloat(pb + 4L * c, (float) (-a * dot / m * get(invStd, c)));
      Memory.putFloat(pc + 4L * c, (float) (-a * sums[c] / m));
    }
    if (dx != null) {
      overLines((from, to) -> LineOps.affineGrad(at(x, from), step(x), at(dy, from), step(dy), at(dx, from), step(dx), to - from,
          lines.channels(), means, pa, pb, pc));
    }
  }

  // ---- planes

  private interface Channel {
    void run(long c);
  }

  private void overChannels(Channel task) {
    long each = planes.images() * planes.inner();
    long group = Math.max(1, each * planes.channels() < 16384 ? planes.channels() : 4096 / each);
    long n = planes.channels();
    pool.parallelFor((int) ((n + group - 1) / group), chunk -> {
      for (long c = chunk * group; c < Math.min(n, (chunk + 1) * group); c++) {
        task.run(c);
      }
    });
  }

  private static long plane(View v, long image, long c) {
    return CpuBuffer.of(v) + 4 * (image * v.stride(0) + c * v.stride(1));
  }

  private double planeSum(Fold fold, View x, View y, long c, float p) {
    double total = 0;
    for (long image = 0; image < planes.images(); image++) {
      long px = plane(x, image, c);
      long py = plane(y, image, c);
      for (int i = 0; i < planes.inner(); i += 4096) {
        total += fold.row(px + 4L * i, py + 4L * i, Math.min(4096, planes.inner() - i), p);
      }
    }
    return total;
  }

  private void planeAffine(View x, View y, long c, float mean, float scale, float shift) {
    for (long image = 0; image < planes.images(); image++) {
      RowOps.affine(plane(x, image, c), plane(y, image, c), planes.inner(), mean, scale, shift);
    }
  }

  private void planeGrad(View x, View dy, View dx, long channel, float mean, float a, float b, float c) {
    for (long image = 0; image < planes.images(); image++) {
      RowOps.affineGrad(plane(x, image, channel), plane(dy, image, channel), plane(dx, image, channel), planes.inner(), mean, a,
          b, c);
    }
  }

  // ---- lines

  private interface Range {
    void run(long from, long to);
  }

  private void overLines(Range task) {
    long n = lines.lines();
    long size = n * lines.channels() < 16384 ? n : Math.max(1, Math.max(8192 / lines.channels(), n / 64));
    pool.parallelFor((int) ((n + size - 1) / size), chunk -> task.run(chunk * size, Math.min(n, (chunk + 1) * size)));
  }

  private static long step(View v) {
    return 4 * pitch(v);
  }

  private static long at(View v, long line) {
    return CpuBuffer.of(v) + line * step(v);
  }

  private void lineAffine(View x, View y, long means, long scale, long shift) {
    overLines((from, to) -> LineOps.affine(at(x, from), step(x), at(y, from), step(y), to - from, lines.channels(), means, scale,
        shift));
  }

  private double[] lineSums(Fold fold, View x, View y, long parameters) {
    int n = lines.channels();
    long parts = Scratch.take(Scratch.ROWS, 4 * blocks() * n);
    overBlocks((block, from, count) -> fold.columns(at(x, from), step(x), at(y, from), step(y), count, n, parameters,
        parts + 4 * block * n, false));
    return added(parts);
  }

  /** Σ dy and Σ (x − mean)·dy: the second while the block of dy is in the cache. */
  private double[][] gradientSums(View x, View dy, long means) {
    int n = lines.channels();
    long sums = Scratch.take(Scratch.ROWS, 8 * blocks() * n);
    long dots = sums + 4 * blocks() * n;
    overBlocks((block, from, count) -> {
      Folds.SUM.columns(at(dy, from), step(dy), at(dy, from), step(dy), count, n, 0, sums + 4 * block * n, false);
      Folds.CENTRED_DOT.columns(at(x, from), step(x), at(dy, from), step(dy), count, n, means, dots + 4 * block * n, false);
    });
    return new double[][] {added(sums), added(dots)};
  }

  /** {@code count} lines from line {@code from}. */
  private interface Block {
    void run(long block, long from, long count);
  }

  private long blocks() {
    return (lines.lines() + BLOCK - 1) / BLOCK;
  }

  private void overBlocks(Block task) {
    long blocks = blocks();
    long group = lines.lines() * lines.channels() < 16384 ? blocks : 1;
    pool.parallelFor((int) ((blocks + group - 1) / group), chunk -> {
      for (long block = chunk * group; block < Math.min(blocks, (chunk + 1) * group); block++) {
        task.run(block, block * BLOCK, Math.min(BLOCK, lines.lines() - block * BLOCK));
      }
    });
  }

  /** The blocks' sums, added in order. */
  private double[] added(long parts) {
    int n = lines.channels();
    long blocks = blocks();
    double[] sums = new double[n];
    for (long block = 0; block < blocks; block++) {
      for (int c = 0; c < n; c++) {
        sums[c] += Memory.getFloat(parts + 4 * (block * n + c));
      }
    }
    return sums;
  }

  private static float get(View v, long c) {
    return Memory.getFloat(CpuBuffer.of(v) + 4 * c * v.stride(0));
  }

  private static void put(View v, long c, float value) {
    Memory.putFloat(CpuBuffer.of(v) + 4 * c * v.stride(0), value);
  }
}
