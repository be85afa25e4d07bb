package dev.athanor.nn;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.Arrays;

/**
 * {@code y = x if x > 0, else γ·x} with a learned γ, ¼ at first; the derivative at 0 is γ. Parameter {@code weight}: {@code [1]}
 * where all elements share one γ, {@code [C]} for one per channel (axis 1), or the shape of an example for one per unit. Source:
 * K. He et al., ICCV 2015; weight decay would pull γ to 0 and is better left off.
 */
public final class PRelu extends Layer {
  private enum Sharing { ALL, CHANNEL, UNIT }

  private final Sharing sharing;
  private Shape shape;
  private double first = 0.25;
  private Tensor weight;

  private PRelu(Sharing sharing, Shape shape) {
    this.sharing = sharing;
    this.shape = shape;
  }

  /** One γ for all elements. */
  public PRelu() {
    this(Sharing.ALL, Shape.of(1));
  }

  /** One γ for each channel of {@code x[N, C, …]}; 0 channels are found at the first batch. */
  public static PRelu perChannel(long channels) {
    Checks.require(channels >= 0, "PRelu", "the number of channels must not be negative: " + channels);
    return new PRelu(Sharing.CHANNEL, channels == 0 ? null : Shape.of(channels));
  }

  /** One γ for each element of an example; without sizes, they are found at the first batch. */
  public static PRelu perUnit(long... example) {
    return new PRelu(Sharing.UNIT, example.length == 0 ? null : Shape.of(example));
  }

  /** The first value of every γ. Returns this layer. */
  public PRelu init(double gamma) {
    first = gamma;
    return this;
  }

  @Override
  protected boolean needsInputShape() {
    return shape == null;
  }

  @Override
  protected void build(Shape input) {
    if (shape == null) {
      Checks.require(input.rank() >= 2, "PRelu", () -> "the input must be [N, …] with "
          + (sharing == Sharing.CHANNEL ? "channels" : "units") + " behind the batch, not " + input);
      shape = sharing == Sharing.CHANNEL ? Shape.of(input.dim(1)) : input.range(1, input.rank());
    }
    weight = parameter("weight", shape, Initializer.constant(first), 1, 1);
  }

  @Override
  protected Tensor forward(Tensor x) {
    Tensor slope = weight;
    if (sharing == Sharing.CHANNEL) {
      Checks.require(x.rank() >= 2 && x.dim(1) == shape.dim(0), "PRelu", () -> "the input must be [N, " + shape.dim(0)
          + ", …], not "
          + x.shape());
      long[] dims = new long[x.rank() - 1];
      Arrays.fill(dims, 1);
      dims[0] = shape.dim(0);
      slope = weight.reshape(dims);
    } else if (sharing == Sharing.UNIT) {
      Checks.require(x.rank() == shape.rank() + 1 && x.shape().range(1, x.rank()).equals(shape), "PRelu",
          () -> "the input must be [N, " + shape.toString().substring(1) + ", not " + x.shape());
    }
    return x.gt(0).where(x, x.mul(slope));
  }

  /** γ. */
  public Tensor weight() {
    return weight;
  }

  @Override
  public String toString() {
    return "PRelu(" + switch (sharing) {
      case ALL -> "";
      case CHANNEL -> "channels=" + (shape == null ? "?" : shape.dim(0));
      case UNIT -> "units=" + (shape == null ? "?" : shape);
    } + ")";
  }
}
