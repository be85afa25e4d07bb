package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;
import static dev.athanor.kernels.Parameter.struct;

import java.util.ArrayList;
import java.util.List;

/** Layer norm, RMS norm and group norm with their gradients, and {@code norm_sums} for the gradients of gamma and beta. */
final class NormFamily implements KernelFamily {
  @Override
  public String name() {
    return "norm";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : ElementType.FLOATS) {
      Parameter groups = struct("groups", ParameterBlock.GROUPS_BYTES);
      add(kernels, "layer_norm", t, 2, pointer("x"), pointer("gamma"), pointer("beta"), pointer("y"), pointer("mean"),
          pointer("inv_std"), int64("rows"), int64("n"), scalar("epsilon", t));
      add(kernels, "layer_norm_grad", t, 3, pointer("x"), pointer("dy"), pointer("gamma"), pointer("mean"), pointer("inv_std"),
          pointer("dx"), int64("rows"), int64("n"));
      add(kernels, "rms_norm", t, 2, pointer("x"), pointer("gamma"), pointer("y"), pointer("inv_std"), int64("rows"), int64("n"),
          scalar("epsilon", t));
      add(kernels, "rms_norm_grad", t, 3, pointer("x"), pointer("dy"), pointer("gamma"), pointer("inv_std"), pointer("dx"),
          int64("rows"), int64("n"));
      add(kernels, "group_norm", t, 2, pointer("x"), pointer("gamma"), pointer("beta"), pointer("y"), pointer("mean"),
          pointer("inv_std"), scalar("epsilon", t), groups);
      add(kernels, "group_norm_grad", t, 3, pointer("x"), pointer("dy"), pointer("gamma"), pointer("mean"), pointer("inv_std"),
          pointer("dx"), groups);
      for (ReducePath path : List.of(ReducePath.ROW, ReducePath.COLUMN)) {
        kernels.add(Kernel.of(name(), "norm_sums_" + t.suffix() + "_" + path.suffix(), Launch.rows(256, 1), 2 * t.bytes(),
            pointer("x"), pointer("dy"), pointer("mean"), pointer("inv_std"), pointer("partials"), int64("outputs"), int64("n"),
            int64("chunk"), int64("chunks"), layout("kept", 3), layout("reduced", 2)));
      }
      kernels.add(Kernel.of(name(), "norm_sums_" + t.suffix() + "_final", Launch.rows(256, 8), 2 * t.bytes(),
          pointer("partials"), pointer("dgamma"), pointer("dbeta"), int64("outputs"), int64("chunks")));
    }
    return kernels;
  }

  private void add(List<Kernel> kernels, String function, ElementType t, int arrays, Parameter... parameters) {
    for (RowPath path : List.of(RowPath.WARP, RowPath.BLOCK)) {
      kernels.add(Kernel.of(name(), function + "_" + t.suffix() + "_" + path.suffix(), path.launch(), arrays * t.bytes(),
          parameters));
    }
  }
}
