package dev.athanor.nn;

import dev.athanor.ops.Joining;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Layers side by side on one input, named {@code 0}, {@code 1}, …; their outputs are put together. */
public final class Parallel extends Layer {
  private static final int SUM = Integer.MIN_VALUE;

  private final int axis;
  private final List<Layer> branches;

  private Parallel(int axis, Layer... branches) {
    Checks.require(branches.length > 0, "Parallel", "needs at least one branch");
    this.axis = axis;
    this.branches = List.of(branches);
    for (int i = 0; i < branches.length; i++) {
      child(Integer.toString(i), branches[i]);
    }
  }

  /** Outputs one after another along an axis: 1 for channels or features. */
  public static Parallel concat(int axis, Layer... branches) {
    return new Parallel(axis, branches);
  }

  /** Outputs, all of one shape, added. */
  public static Parallel sum(Layer... branches) {
    return new Parallel(SUM, branches);
  }

  @Override
  protected Tensor forward(Tensor x) {
    List<Tensor> outputs = new ArrayList<>(branches.size());
    for (Layer branch : branches) {
      outputs.add(branch.apply(x));
    }
    if (axis != SUM) {
      return Joining.concat(axis, outputs);
    }
    Tensor sum = outputs.getFirst();
    for (int i = 1; i < outputs.size(); i++) {
      Checks.shape("Parallel", "the output of branch " + i, outputs.get(i), sum.shape());
      sum = sum.add(outputs.get(i));
    }
    return sum;
  }
}
