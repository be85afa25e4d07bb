package dev.athanor.ops;

import dev.athanor.autograd.TangentRule;
import dev.athanor.autograd.Tape;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Putting tensors together and taking them apart. */
public final class Joining {
  private Joining() {}

  /** One after another along an existing axis. */
  public static Tensor concat(int axis, List<Tensor> parts) {
    Checks.require(!parts.isEmpty(), "concat", "no tensors given");
    Tensor first = parts.getFirst();
    int at = Checks.axis("concat", axis, first.rank());
    long total = 0;
    for (int i = 0; i < parts.size(); i++) {
      Tensor p = parts.get(i);
      Checks.sameType("concat", first, p);
      if (p.rank() != first.rank() || !p.shape().with(at, 1).equals(first.shape().with(at, 1))) {
        throw Checks.error("concat", "all sizes but that of axis " + axis + " must be equal: part 0 is " + first.shape()
            + ", part " + i
            + " is " + p.shape());
      }
      total += p.dim(at);
    }
    Device device = first.device();
    Tensor out = device.result("concat", first.dtype(), first.shape().with(at, total));
    long[] starts = new long[parts.size()];
    long start = 0;
    for (int i = 0; i < parts.size(); i++) {
      Tensor p = parts.get(i);
      device.backend().copy(p.view(), out.view().slice(at, start, p.dim(at), 1));
      starts[i] = start;
      start += p.dim(at);
    }
    Tensor[] inputs = parts.toArray(Tensor[]::new);
    if (first.dtype().isFloat() && Tape.wants(inputs)) {
      long[] sizes = parts.stream().mapToLong(p -> p.dim(at)).toArray();
      Tape.record("concat", out, (dy, g) -> {
        for (int i = 0; i < sizes.length; i++) {
          if (g.wants(i)) {
            g.give(i, dy.slice(at, starts[i], starts[i] + sizes[i]));
          }
        }
      }, t -> concat(at, withZeros(t, inputs)), inputs);
    }
    return out;
  }

  /** The tangents, with zeros for those of constants. */
  private static List<Tensor> withZeros(Tensor[] tangents, Tensor[] inputs) {
    var all = new ArrayList<Tensor>(inputs.length);
    for (int i = 0; i < inputs.length; i++) {
      Tensor x = inputs[i];
      all.add(tangents[i] != null ? tangents[i] : x.device().constant(x.dtype(), 0).expand(x.shape()));
    }
    return all;
  }

  /** One after another along a new axis. */
  public static Tensor stack(int axis, List<Tensor> parts) {
    Checks.require(!parts.isEmpty(), "stack", "no tensors given");
    int at = Checks.axis("stack", axis, parts.getFirst().rank() + 1);
    var raised = new ArrayList<Tensor>(parts.size());
    for (Tensor p : parts) {
      Checks.shape("stack", "every part", p, parts.getFirst().shape());
      raised.add(p.unsqueeze(at));
    }
    return concat(at, raised);
  }

  /** Consecutive views. */
  public static List<Tensor> split(Tensor x, int axis, long... sizes) {
    int at = Checks.axis("split", axis, x.rank());
    Checks.require(Arrays.stream(sizes).allMatch(s -> s >= 0) && Arrays.stream(sizes).sum() == x.dim(at), "split",
        () -> "the sizes " + Arrays.toString(sizes) + " do not add up to axis " + axis + " of x " + x.shape());
    var parts = new ArrayList<Tensor>(sizes.length);
    long start = 0;
    for (long size : sizes) {
      parts.add(x.slice(at, start, start + size));
      start += size;
    }
    return parts;
  }

  /** A constant around one axis. */
  public static Tensor pad(Tensor x, int axis, long low, long high, double value) {
    int at = Checks.axis("pad", axis, x.rank());
    Checks.require(low >= 0 && high >= 0, "pad", () -> "padding must not be negative: " + low + ", " + high);
    Shape shape = x.shape().with(at, low + x.dim(at) + high);
    Device device = x.device();
    Tensor out = device.result("pad", x.dtype(), shape);
    View v = out.view();
    long bits = x.dtype().bits(value);
    device.backend().fill(v.slice(at, 0, low, 1), bits);
    device.backend().fill(v.slice(at, low + x.dim(at), high, 1), bits);
    device.backend().copy(x.view(), v.slice(at, low, x.dim(at), 1));
    if (x.dtype().isFloat() && Tape.wants(x)) {
      long n = x.dim(at);
      Tape.record("pad", out, (dy, g) -> g.give(0, dy.slice(at, low, low + n)),
          TangentRule.linear(t -> pad(t, at, low, high, 0)), x);
    }
    return out;
  }

  /** Zeros of {@code shape} with x at {@code start, start + step, …} of an axis: the gradient of a slice. */
  static Tensor embed(Tensor x, Shape shape, int axis, long start, long step) {
    Device device = x.device();
    Tensor out = device.result("embed", x.dtype(), shape);
    device.backend().fill(out.view(), 0);
    device.backend().copy(x.view(), out.view().slice(axis, start, x.dim(axis), step));
    if (Tape.wants(x)) {
      long count = x.dim(axis);
      Tape.record("embed", out, (dy, g) -> g.give(0, Shapes.sliceExactly(dy, axis, start, count, step)),
          TangentRule.linear(t -> embed(t, shape, axis, start, step)), x);
    }
    return out;
  }

  /** The part of the last two axes on one side of a diagonal. */
  public static Tensor triangle(Tensor x, long k, boolean lower) {
    String name = lower ? "tril" : "triu";
    Checks.require(x.rank() >= 2, name, () -> "needs at least two axes, not " + x.shape());
    Device device = x.device();
    Tensor row = device.arange(DType.INT64, x.dim(-2)).unsqueeze(1);
    Tensor column = device.arange(DType.INT64, x.dim(-1));
    Tensor distance = column.sub(row);
    Tensor keep = lower ? distance.le(k) : distance.ge(k);
    return keep.where(x, device.constant(x.dtype(), 0));
  }
}
