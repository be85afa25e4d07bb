package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;

/**
 * A table of vectors: {@code x[…]} of int32 or int64 becomes {@code […, size]}. Parameter {@code weight [count, size]}, standard
 * normal at first.
 */
public final class Embedding extends Layer {
  private final long count;
  private final long size;
  private long padding = -1;
  private Initializer init = Initializer.normal(0, 1);
  private Tensor weight;

  /** {@code count} vectors of {@code size} numbers. */
  public Embedding(long count, long size) {
    Checks.require(count > 0 && size > 0, "Embedding", "the numbers of vectors and of their elements must be positive: " + count
        + ", " + size);
    this.count = count;
    this.size = size;
  }

  /** An index that stands for nothing: its vector starts as zeros and gets no gradient. Returns this layer. */
  public Embedding paddingIndex(long index) {
    Checks.require(index >= 0 && index < count, "Embedding", "the padding index must be in [0, " + count + "), not " + index);
    padding = index;
    return this;
  }

  /** How the table starts. Returns this layer. */
  public Embedding init(Initializer forWeight) {
    init = forWeight;
    return this;
  }

  @Override
  protected void build(Shape input) {
    weight = parameter("weight", Shape.of(count, size), init, count, size);
    if (padding >= 0) {
      weight.detach().slice(0, padding, padding + 1).fill(0);
    }
  }

  @Override
  protected Tensor forward(Tensor x) {
    Checks.index("Embedding", "the input", x);
    Tensor rows = weight.take(0, x);
    if (padding < 0) {
      return rows;
    }
    Tensor unlearned = weight.detach().slice(0, padding, padding + 1).reshape(size);
    return x.ne(padding).unsqueeze(-1).where(rows, unlearned);
  }

  /** {@code [count, size]}. */
  public Tensor weight() {
    return weight;
  }

  @Override
  public String toString() {
    return "Embedding(" + count + ", " + size + (padding < 0 ? ")" : ", paddingIndex=" + padding + ")");
  }
}
