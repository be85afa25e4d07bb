package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/** Gives each example another shape: {@code [N, …]} becomes {@code [N, shape…]}. */
public final class Reshape extends Layer {
  private final long[] example;

  /** The shape of one example; one size may be −1 and is then inferred. */
  public Reshape(long... example) {
    Checks.require(Arrays.stream(example).filter(d -> d == -1).count() <= 1 && Arrays.stream(example).allMatch(d -> d >= -1),
        "Reshape", "sizes must not be negative, and only one may be -1: " + Arrays.toString(example));
    this.example = example.clone();
  }

  @Override
  protected Tensor forward(Tensor x) {
    Checks.require(x.rank() >= 1, "Reshape", () -> "the input must be [N, …], it is a scalar");
    long each = x.shape().range(1, x.rank()).size();
    long known = Arrays.stream(example).filter(d -> d != -1).reduce(1, (a, b) -> a * b);
    long[] dims = Arrays.stream(example).map(d -> d == -1 && known > 0 ? each / known : d).toArray();
    Checks.require(Arrays.stream(dims).allMatch(d -> d >= 0) && Shape.of(dims).size() == each, "Reshape", () -> "an example of x "
        + x.shape() + " has " + each + " elements, which do not fill " + Arrays.toString(example));
    return x.reshape(Shape.of(x.dim(0)).concat(Shape.of(dims)));
  }

  @Override
  public String toString() {
    return "Reshape" + Arrays.toString(example).replace('[', '(').replace(']', ')');
  }
}
