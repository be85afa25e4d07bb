package dev.athanor.conformance;

import dev.athanor.backend.FusedOps;
import dev.athanor.conformance.WindowCases.Case;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.Arrays;
import java.util.List;

/** Largest and mean of sliding windows, and their gradients. */
final class PoolingFamily extends FusedFamily {
  private static final List<Placement> PLACEMENTS = List.of(Placement.CONTIGUOUS, Placement.CHANNELS_LAST, Placement.STEPPED,
      Placement.NEGATIVE, Placement.PERMUTED);

  PoolingFamily(TestDevice device) {
    super(device, "pooling");
  }

  @Override
  void define() {
    for (DType dtype : FLOATS) {
      for (Case c : WindowCases.POOLS) {
        for (Placement placement : PLACEMENTS) {
          String how = dtype + " " + c + " " + placement;
          HostArray ties = HostArray.random(DType.INT32, c.x(), 231, -2, 2);
          fused("max " + how, (t, ops) -> max(t, ops, c, HostArray.of(dtype, c.x(), ties::get), placement));
          for (boolean countPadding : new boolean[] {true, false}) {
            String which = countPadding ? "mean with padding " : "mean ";
            fused(which + how, (t, ops) -> average(t, ops, c, dtype, placement, countPadding));
            fused(which + "gradient " + how, (t, ops) -> averageGrad(t, ops, c, dtype, placement, countPadding));
          }
        }
        double[] odd = {Double.NEGATIVE_INFINITY, 1, Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY};
        fused("max " + dtype + " " + c + " all -infinity", (t, ops) -> max(t, ops, c,
            HostArray.of(dtype, c.x(), i -> Double.NEGATIVE_INFINITY), Placement.CONTIGUOUS));
        fused("max " + dtype + " " + c + " NaN and infinities", (t, ops) -> max(t, ops, c,
            HostArray.of(dtype, c.x(), i -> odd[i * 7 % 31 % odd.length]), Placement.CONTIGUOUS));
      }
    }
  }

  /** The winner of each window (its tap and its place in the input), and the gradient that goes back to it. */
  private static void max(Trial t, FusedOps ops, Case c, HostArray values, Placement placement) {
    DType dtype = values.dtype();
    Shape shape = c.result(c.x().dim(1));
    int planes = (int) (c.x().dim(0) * c.x().dim(1));
    int areaIn = WindowCases.area(c.x());
    int areaOut = WindowCases.area(shape);
    int[] tap = new int[(int) shape.size()];
    int[] winner = new int[tap.length];
    Arrays.fill(winner, -1);
    WindowCases.forEach(c, (output, k, input) -> {
      for (int p = 0; p < planes; p++) {
        int o = p * areaOut + output;
        int i = p * areaIn + input;
        double best = winner[o] < 0 ? 0 : values.get(winner[o]);
        if (winner[o] < 0 || !Double.isNaN(best) && (Double.isNaN(values.get(i)) || values.get(i) > best)) {
          winner[o] = i;
          tap[o] = k;
        }
      }
    });
    View x = t.in(values, placement);
    View y = t.out(dtype, shape, placement);
    View indices = t.out(DType.INT32, shape, placement);
    t.run(() -> ops.maxPool(x, c.window(), y, indices));
    t.expect(y, o -> winner[o] < 0 ? Double.NEGATIVE_INFINITY : values.get(winner[o]));
    t.expect(indices, o -> tap[o], o -> winner[o] < 0 ? Double.NaN : 0);

    HostArray upstream = HostArray.random(dtype, shape, 233, -1, 1);
    double[] sum = new double[values.size()];
    double[] magnitude = new double[sum.length];
    int[] count = new int[sum.length];
    for (int o = 0; o < tap.length; o++) {
      if (winner[o] >= 0) {
        sum[winner[o]] += upstream.get(o);
        magnitude[winner[o]] += Math.abs(upstream.get(o));
        count[winner[o]]++;
      }
    }
    View dy = t.in(upstream, placement);
    View positions = t.in(HostArray.ofLongs(DType.INT32, shape, o -> tap[o]), placement);
    View dx = t.out(dtype, c.x(), placement);
    t.run(() -> ops.maxPoolGrad(dy, positions, c.window(), dx));
    t.expect(dx, i -> sum[i], i -> Accuracy.sum(dtype, count[i], magnitude[i]));
  }

  /** How many elements each window of one plane counts. */
  private static int[] counts(Case c, boolean countPadding) {
    int[] counts = new int[WindowCases.area(c.result(1))];
    WindowCases.forEach(c, (output, k, input) -> counts[output]++);
    for (int i = 0; i < counts.length; i++) {
      counts[i] = countPadding ? (int) c.window().kernelSize() : Math.max(1, counts[i]);
    }
    return counts;
  }

  private static void average(Trial t, FusedOps ops, Case c, DType dtype, Placement placement, boolean countPadding) {
    HostArray values = HostArray.random(dtype, c.x(), 237, -1, 1);
    Shape shape = c.result(c.x().dim(1));
    int planes = (int) (c.x().dim(0) * c.x().dim(1));
    int areaIn = WindowCases.area(c.x());
    int areaOut = WindowCases.area(shape);
    double[] sum = new double[(int) shape.size()];
    int[] counts = counts(c, countPadding);
    WindowCases.forEach(c, (output, k, input) -> {
      for (int p = 0; p < planes; p++) {
        sum[p * areaOut + output] += values.get(p * areaIn + input);
      }
    });
    View x = t.in(values, placement);
    View y = t.out(dtype, shape, placement);
    t.run(() -> ops.avgPool(x, c.window(), countPadding, y));
    long n = c.window().kernelSize();
    t.expect(y, o -> sum[o] / counts[o % areaOut], o -> Accuracy.sum(dtype, n + 2, (double) n / counts[o % areaOut]));
  }

  private static void averageGrad(Trial t, FusedOps ops, Case c, DType dtype, Placement placement, boolean countPadding) {
    Shape shape = c.result(c.x().dim(1));
    HostArray upstream = HostArray.random(dtype, shape, 239, -1, 1);
    int planes = (int) (c.x().dim(0) * c.x().dim(1));
    int areaIn = WindowCases.area(c.x());
    int areaOut = WindowCases.area(shape);
    double[] sum = new double[(int) c.x().size()];
    int[] counts = counts(c, countPadding);
    WindowCases.forEach(c, (output, k, input) -> {
      for (int p = 0; p < planes; p++) {
        sum[p * areaIn + input] += upstream.get(p * areaOut + output) / counts[output];
      }
    });
    View dy = t.in(upstream, placement);
    View dx = t.out(dtype, c.x(), placement);
    t.run(() -> ops.avgPoolGrad(dy, c.window(), countPadding, dx));
    long n = c.window().kernelSize();
    t.expect(dx, i -> sum[i], i -> Accuracy.sum(dtype, n + 2, n));
  }
}
