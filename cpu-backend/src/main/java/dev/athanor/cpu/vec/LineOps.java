package dev.athanor.cpu.vec;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Loops over lines of channels with numbers for each channel: a strip of channels keeps its numbers in registers. Pitches in
 * bytes.
 */
final class LineOps {
  private LineOps() {}

  /** y = (x − mean)·scale + shift. */
  static void affine(long x, long xStep, long y, long yStep, long lines, int n, long mean, long scale, long shift) {
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      FloatVector centre = Vec.load(mean + 4L * i, m);
      FloatVector factor = Vec.load(scale + 4L * i, m);
      FloatVector end = Vec.load(shift + 4L * i, m);
      long px = x + 4L * i;
      long py = y + 4L * i;
      for (long line = 0; line < lines; line++) {
        Vec.store(Vec.load(px, m).sub(centre).fma(factor, end), py, m);
        px += xStep;
        py += yStep;
      }
    }
  }

  /** dx = dy·a + (x − mean)·b + c. */
  static void affineGrad(long x, long xStep, long dy, long dyStep, long dx, long dxStep, long lines, int n, long mean, long a,
      long b,
      long c) {
    for (int i = 0; i < n; i += Vec.W) {
      VectorMask<Float> m = Vec.tail(n - i);
      FloatVector centre = Vec.load(mean + 4L * i, m);
      FloatVector va = Vec.load(a + 4L * i, m);
      FloatVector vb = Vec.load(b + 4L * i, m);
      FloatVector vc = Vec.load(c + 4L * i, m);
      long px = x + 4L * i;
      long pd = dy + 4L * i;
      long to = dx + 4L * i;
      for (long line = 0; line < lines; line++) {
        FloatVector v = Vec.load(px, m).sub(centre).fma(vb, vc);
        Vec.store(Vec.load(pd, m).fma(va, v), to, m);
        px += xStep;
        pd += dyStep;
        to += dxStep;
      }
    }
  }
}
