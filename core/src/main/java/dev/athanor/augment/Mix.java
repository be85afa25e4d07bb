package dev.athanor.augment;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;

/**
 * Pairs of examples mixed. Each example meets another one of its batch, by a random permutation, with a coefficient λ from
 * Beta(α, α) that is one for the batch; the loss is {@code λ·L(y, t) + (1 − λ)·L(y, t′)} with the targets of both, which for
 * cross-entropy and targets that are numbers has the gradient of the mixed target {@code λt + (1 − λ)t′}, and serves every loss.
 *
 * @param kind how features are mixed
 * @param alpha of the beta distribution, in (0, 4]; small: mostly one of the two, 1: uniform
 */
public record Mix(Kind kind, double alpha) {
  /** How features are mixed. */
  public enum Kind {
    /** {@code λx + (1 − λ)x′}, for any features. Source: H. Zhang et al., ICLR 2018. */
    MIXUP,
    /**
     * In images {@code [N, C, H, W]} a rectangle is the other image's: its sides are √(1 − λ) of the image's, rounded down, its
     * middle is any pixel; λ becomes the share of the image that is left. Source: S. Yun et al., ICCV 2019.
     */
    CUTMIX
  }

  /** Checks the parameter. */
  public Mix {
    new Beta(alpha, alpha);
  }

  /** Mixup; the paper has α from 0.1 to 0.4. */
  public static Mix mixup(double alpha) {
    return new Mix(Kind.MIXUP, alpha);
  }

  /** CutMix; the paper has α = 1. */
  public static Mix cutmix(double alpha) {
    return new Mix(Kind.CUTMIX, alpha);
  }

  /**
   * A mixed batch.
   *
   * @param features mixed, of the shape and type they had
   * @param order whom each example met: indices int64 {@code [N]}
   * @param lambda the weight of an example's own target, a scalar of the features' type
   */
  public record Mixed(Tensor features, Tensor order, Tensor lambda) {
    /** The loss by both targets, from that by an example's own and that by the target of the one it met. */
    public Tensor loss(Tensor own, Tensor other) {
      Tensor share = lambda.cast(own.dtype());
      return own.mul(share).add(other.mul(share.rsub(1)));
    }
  }

  /**
   * Mixes a batch; what is made belongs to the innermost open scope.
   *
   * @param x float {@code [N, …]}, for {@link Kind#CUTMIX} images; not changed itself
   * @param generator on the device of x
   */
  public Mixed apply(Tensor x, Generator generator) {
    Draws.check(x);
    try (Scope temporaries = x.device().internalScope()) {
      Tensor drawn = new Beta(alpha, alpha).sample(generator, 1).reshape();
      Tensor order = generator.permutation(x.dim(0));
      Tensor other = x.take(0, order);
      Mixed mixed = switch (kind) {
        case MIXUP -> {
          Tensor lambda = drawn.cast(x.dtype());
          yield new Mixed(other.add(x.sub(other).mul(lambda)), order, lambda);
        }
        case CUTMIX -> {
          Warp.images("cutmix", x);
          Tensor side = drawn.rsub(1).sqrt().cast(DType.FLOAT32);
          Tensor cut = covered(side, generator, x.dim(2)).unsqueeze(1).and(covered(side, generator, x.dim(3)));
          Tensor lambda = cut.cast(x.dtype()).mean().rsub(1);
          yield new Mixed(cut.where(other, x), order, lambda);
        }
      };
      return new Mixed(temporaries.keep(mixed.features), temporaries.keep(order), temporaries.keep(mixed.lambda));
    }
  }

  /** The places along an axis that lie in the rectangle, {@code [size]}. */
  private static Tensor covered(Tensor side, Generator generator, long size) {
    Tensor length = side.mul(size).floor();
    Tensor first = Draws.below(generator, 1, size).sub(length.mul(0.5).floor());
    Tensor place = Warp.counted(side.device(), DType.FLOAT32, size);
    return place.ge(first).and(place.lt(first.add(length)));
  }

  /**
   * A mix as text: {@code mixup} or {@code cutmix}, and α, 0.2 and 1 if not given.
   *
   * @throws dev.athanor.AthanorException if there is no such name, or the number does not suit it; says what is known
   */
  public static Mix parse(String text) {
    String[] parts = text.strip().split(":", -1);
    boolean mixup = parts[0].equalsIgnoreCase("mixup");
    Checks.require((mixup || parts[0].equalsIgnoreCase("cutmix")) && parts.length <= 2, "mix", () -> "'" + text
        + "' is none of mixup[:ALPHA], cutmix[:ALPHA]");
    try {
      double alpha = parts.length == 2 ? Double.parseDouble(parts[1]) : mixup ? 0.2 : 1;
      return mixup ? mixup(alpha) : cutmix(alpha);
    } catch (NumberFormatException e) {
      throw new dev.athanor.AthanorException("mix: '" + text + "': expected a number, " + parts[0] + "[:ALPHA]", e);
    }
  }
}
