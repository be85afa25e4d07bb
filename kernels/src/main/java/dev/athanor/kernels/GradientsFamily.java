package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.float64;
import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;

import java.util.ArrayList;
import java.util.List;

/**
 * Norms, clipping, unscaling and finite checks over all gradients, {@code gradients_OP_T}; the unit of work is a chunk of
 * {@link MultiTensor}, and the bytes are per element.
 */
final class GradientsFamily implements KernelFamily {
  @Override
  public String name() {
    return "gradients";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64)) {
      kernels.add(chunked(t, "squares", 1, pointer("partials")));
      kernels.add(chunked(t, "scale", 2, pointer("factor")));
      kernels.add(chunked(t, "clip", 2, pointer("norm"), float64("maxNorm")));
      kernels.add(chunked(t, "unscale", 2, pointer("scale"), pointer("found")));
      kernels.add(chunked(t, "finite", 1, pointer("found")));
      kernels.add(chunked(t, "clamp", 2, scalar("limit", t)));
    }
    kernels.add(Kernel.of(name(), "gradients_norm", Launch.single(1024), 8,
        pointer("partials"), int64("count"), float64("maxNorm"), pointer("out"), pointer("found")));
    kernels.add(Kernel.of(name(), "gradients_loss_scale", Launch.single(1), 40,
        pointer("scale"), pointer("found"), float64("growth"), float64("backoff"), int32("interval")));
    return kernels;
  }

  private Kernel chunked(ElementType t, String op, int moved, Parameter... more) {
    List<Parameter> p = new ArrayList<>(List.of(pointer("table"), pointer("chunks"), int64("count")));
    p.addAll(List.of(more));
    return new Kernel(name(), "gradients_" + op + "_" + t.suffix(), p, Launch.rows(MultiTensor.THREADS, 1), moved * t.bytes());
  }
}
