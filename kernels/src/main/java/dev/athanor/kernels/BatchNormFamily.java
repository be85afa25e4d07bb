package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.divisor;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;

import java.util.ArrayList;
import java.util.List;

/** {@code batch_norm_finish_T}, {@code batch_norm_apply_T}, {@code batch_norm_inference_T} and {@code batch_norm_grad_T}. */
final class BatchNormFamily implements KernelFamily {
  @Override
  public String name() {
    return "batch_norm";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : ElementType.FLOATS) {
      String end = "_" + t.suffix();
      Launch map = Launch.elementwise(t.perVector());
      kernels.add(Kernel.of(name(), "batch_norm_finish" + end, Launch.rows(256, 8), 3 * t.bytes(),
          pointer("states"), pointer("mean"), pointer("inv_std"), pointer("running_mean"), pointer("running_variance"),
          int64("channels"), int64("n"), int64("chunks"), scalar("momentum", t), scalar("epsilon", t)));
      kernels.add(Kernel.of(name(), "batch_norm_apply" + end, map, 2 * t.bytes(),
          pointer("x"), pointer("gamma"), pointer("beta"), pointer("mean"), pointer("inv_std"), pointer("y"), int64("n"),
          divisor("inner"), divisor("channels")));
      kernels.add(Kernel.of(name(), "batch_norm_inference" + end, map, 2 * t.bytes(),
          pointer("x"), pointer("gamma"), pointer("beta"), pointer("mean"), pointer("variance"), pointer("y"), int64("n"),
          divisor("inner"), divisor("channels"), scalar("epsilon", t)));
      kernels.add(Kernel.of(name(), "batch_norm_grad" + end, map, 3 * t.bytes(),
          pointer("x"), pointer("dy"), pointer("gamma"), pointer("mean"), pointer("inv_std"), pointer("dgamma"), pointer("dbeta"),
          pointer("dx"), int64("n"), divisor("inner"), divisor("channels"), int64("count")));
    }
    return kernels;
  }
}
