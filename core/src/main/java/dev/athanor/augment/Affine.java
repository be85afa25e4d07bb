package dev.athanor.augment;

import dev.athanor.augment.Warp.Outside;
import dev.athanor.augment.Warp.Reading;
import dev.athanor.ops.Joining;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Random flips, rotations, scalings, shifts and shears of images {@code [N, C, H, W]}, about their middle. However many moves
 * there are, each example has one matrix and its image is read once, see {@link Warp#affine}: nothing is blurred twice, and what
 * one move would push out of the image another may bring back.
 *
 * @param moves in their order
 * @param reading how places between elements are read; bilinear if not said
 * @param outside what lies outside; zeros if not said
 */
public record Affine(List<Move> moves, Reading reading, Outside outside) implements Augmentation {
  /** What a move does, and what its amount means. */
  public enum Kind {
    /** Left to right; no amount. */
    FLIP,
    /** Top to bottom; no amount. */
    FLIP_VERTICAL,
    /** By an angle in (−amount, amount), in degrees, positive anticlockwise. */
    ROTATE,
    /** Both sides times a factor in (1 − amount, 1 + amount). */
    SCALE,
    /** Right and down by a share of each side in (−amount, amount). */
    TRANSLATE,
    /** Padded by so many pixels, then cut to its size at a random place: a shift by whole pixels in −amount…amount. */
    CROP,
    /** Lines shift in proportion to their height, by the tangent of an angle in (−amount, amount), in degrees. */
    SHEAR
  }

  /**
   * One move, drawn uniformly for each example.
   *
   * @param kind what it does
   * @param amount how far at most
   * @param probability of an example to be moved at all
   */
  public record Move(Kind kind, double amount, double probability) {
    /** Checks the ranges. */
    public Move {
      Checks.require(probability >= 0 && probability <= 1, "augment",
          () -> "the probability must be in [0, 1], not " + probability);
      Checks.require(switch (kind) {
        case FLIP, FLIP_VERTICAL -> true;
        case ROTATE -> amount >= 0 && amount <= 180;
        case SCALE -> amount >= 0 && amount < 1;
        case TRANSLATE -> amount >= 0 && amount <= 1;
        case CROP -> amount >= 0 && amount == Math.rint(amount) && amount < 1 << 16;
        case SHEAR -> amount >= 0 && amount < 90;
      }, "augment", () -> kind + " cannot be by " + amount + "; it takes " + switch (kind) {
        case FLIP, FLIP_VERTICAL -> "no amount";
        case ROTATE -> "degrees from 0 to 180";
        case SCALE -> "a share from 0 to below 1";
        case TRANSLATE -> "a share from 0 to 1";
        case CROP -> "whole pixels from 0";
        case SHEAR -> "degrees from 0 to below 90";
      });
    }

    /** For each example the matrix from places after the move to places before it: six {@code [N]}. */
    private Tensor[] inverse(Generator g, DType dtype, Shape x) {
      long n = x.dim(0);
      Tensor zero = g.device().zeros(dtype, Shape.of(n));
      Tensor one = g.device().ones(dtype, Shape.of(n));
      Tensor chosen = kind == Kind.FLIP || kind == Kind.FLIP_VERTICAL ? g.bernoulli(Shape.of(n), probability).cast(dtype)
          : probability == 1 ? one : g.bernoulli(Shape.of(n), probability).cast(dtype);
      return switch (kind) {
        case FLIP -> new Tensor[] {chosen.mul(-2).add(1), zero, zero, zero, one, zero};
        case FLIP_VERTICAL -> new Tensor[] {one, zero, zero, zero, chosen.mul(-2).add(1), zero};
        case ROTATE -> {
          Tensor angle = around(g, chosen, Math.toRadians(amount));
          Tensor sin = angle.sin();
          Tensor cos = angle.cos();
          yield new Tensor[] {cos, sin.neg(), zero, sin, cos, zero};
        }
        case SCALE -> {
          Tensor shrunk = around(g, chosen, amount).add(1).reciprocal();
          yield new Tensor[] {shrunk, zero, zero, zero, shrunk, zero};
        }
        case TRANSLATE -> new Tensor[] {one, zero, around(g, chosen, amount * x.dim(3)), zero, one,
            around(g, chosen, amount * x.dim(2))};
        case CROP -> new Tensor[] {one, zero, pixels(g, chosen), zero, one, pixels(g, chosen)};
        case SHEAR -> new Tensor[] {one, around(g, chosen, Math.toRadians(amount)).tan(), zero, zero, one, zero};
      };
    }

    /** Uniform in {@code [−most, most)} for the chosen, else 0. */
    private static Tensor around(Generator g, Tensor chosen, double most) {
      return g.uniform(chosen.dtype(), chosen.shape()).mul(2 * most).sub(most).mul(chosen);
    }

    /** Whole numbers from −amount to amount, as likely as each other; 0 for those not chosen. */
    private Tensor pixels(Generator g, Tensor chosen) {
      return g.uniform(chosen.dtype(), chosen.shape()).mul(2 * amount + 1).floor().clamp(0, 2 * amount).sub(amount).mul(chosen);
    }
  }

  /** Copies the moves. */
  public Affine {
    moves = List.copyOf(moves);
    Checks.require(!moves.isEmpty(), "augment", "an affine change needs a move");
  }

  private static Affine of(Kind kind, double amount, double probability) {
    return new Affine(List.of(new Move(kind, amount, probability)), Reading.BILINEAR, Outside.ZERO);
  }

  /** Half of the images left to right. */
  public static Affine flip() {
    return of(Kind.FLIP, 0, 0.5);
  }

  /** Half of the images top to bottom. */
  public static Affine flipVertical() {
    return of(Kind.FLIP_VERTICAL, 0, 0.5);
  }

  /** By up to so many degrees either way. */
  public static Affine rotate(double degrees) {
    return of(Kind.ROTATE, degrees, 1);
  }

  /** Larger or smaller by up to a share, below 1. */
  public static Affine scale(double share) {
    return of(Kind.SCALE, share, 1);
  }

  /** Shifted by up to a share of each side. */
  public static Affine translate(double share) {
    return of(Kind.TRANSLATE, share, 1);
  }

  /** Padded by so many pixels on each side and cut to its size again at a random place. */
  public static Affine crop(int pixels) {
    return of(Kind.CROP, pixels, 1);
  }

  /** Sheared sideways by up to so many degrees. */
  public static Affine shear(double degrees) {
    return of(Kind.SHEAR, degrees, 1);
  }

  /** The same moves, each with this probability for each example. */
  public Affine probability(double p) {
    return new Affine(moves.stream().map(m -> new Move(m.kind, m.amount, p)).toList(), reading, outside);
  }

  /** The same with places between elements read otherwise. */
  public Affine reading(Reading how) {
    return new Affine(moves, how, outside);
  }

  /** The same with other surroundings. */
  public Affine outside(Outside what) {
    return new Affine(moves, reading, what);
  }

  /** This, then the other's moves: one reading of the image. Reading and surroundings stay this one's. */
  public Affine then(Affine other) {
    var all = new ArrayList<>(moves);
    all.addAll(other.moves);
    return new Affine(all, reading, outside);
  }

  /**
   * Draws the matrices for {@link Warp#affine}: from places of the result to places of the image.
   *
   * @param dtype float32 or float64
   * @param x the images' shape, {@code [N, C, H, W]}
   * @return {@code [N, 2, 3]}, owned by the innermost open scope
   */
  public Tensor matrices(Generator generator, DType dtype, Shape x) {
    Checks.require(x.rank() == 4, "augment", () -> "needs images [N, C, H, W], not " + x);
    try (Scope temporaries = generator.device().internalScope()) {
      Tensor[] all = null;
      for (Move move : moves) {
        Tensor[] one = move.inverse(generator, dtype, x);
        all = all == null ? one : product(all, one);
      }
      return temporaries.keep(Joining.stack(1, List.of(all)).reshape(x.dim(0), 2, 3));
    }
  }

  /** The matrix of s after m, each a row [a, b, s] above a row [c, d, t]. */
  private static Tensor[] product(Tensor[] s, Tensor[] m) {
    Tensor[] p = new Tensor[6];
    for (int row = 0; row < 6; row += 3) {
      for (int i = 0; i < 3; i++) {
        p[row + i] = s[row].mul(m[i]).add(s[row + 1].mul(m[3 + i]));
      }
      p[row + 2] = p[row + 2].add(s[row + 2]);
    }
    return p;
  }

  @Override
  public Tensor apply(Tensor x, Generator generator) {
    Checks.floating("augment", x);
    Warp.images("augment", x);
    try (Scope temporaries = x.device().internalScope()) {
      return temporaries.keep(Warp.affine(x, matrices(generator, x.dtype(), x.shape()), reading, outside));
    }
  }
}
