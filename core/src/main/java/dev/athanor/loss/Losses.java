package dev.athanor.loss;

import dev.athanor.AthanorException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/** The losses that have a name: those of a prediction and a target, with their usual parameters, as means. */
public enum Losses {
  /** {@link CrossEntropy} of a softmax. */
  CROSS_ENTROPY(CrossEntropy::new, Kind.CLASSES),
  /** {@link MultiMargin}. */
  MULTI_MARGIN(MultiMargin::new, Kind.CLASSES),
  /** {@link BinaryCrossEntropy} of a sigmoid. */
  BINARY_CROSS_ENTROPY(BinaryCrossEntropy::new, Kind.BINARY),
  /** {@link Hinge}. */
  HINGE(Hinge::new, Kind.BINARY),
  /** {@link Hinge}, squared. */
  SQUARED_HINGE(() -> new Hinge(Reduction.MEAN, 1, true), Kind.BINARY),
  /** {@link Focal}. */
  FOCAL(Focal::new, Kind.CLASSES, Kind.BINARY),
  /** {@link MeanSquaredError}. */
  MEAN_SQUARED_ERROR(MeanSquaredError::new, Kind.VALUES),
  /** {@link MeanAbsoluteError}. */
  MEAN_ABSOLUTE_ERROR(MeanAbsoluteError::new, Kind.VALUES),
  /** {@link Huber} with δ = 1, which is smooth L1 with β = 1. */
  HUBER(Huber::new, Kind.VALUES),
  /** {@link PoissonNegativeLogLikelihood} from the logarithm of the rate. */
  POISSON(PoissonNegativeLogLikelihood::new, Kind.VALUES);

  /** The kinds of target. */
  public enum Kind {
    /** A class of several, as an integer. */ CLASSES,
    /** Yes or no, as 1 or 0. */ BINARY,
    /** Numbers. */ VALUES
  }

  private final Supplier<Loss> maker;
  private final List<Kind> kinds;

  Losses(Supplier<Loss> maker, Kind... kinds) {
    this.maker = maker;
    this.kinds = List.of(kinds);
  }

  /** The name by which it is chosen, such as {@code cross-entropy}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The loss. */
  public Loss create() {
    return maker.get();
  }

  /** Whether it takes targets of that kind. */
  public boolean takes(Kind kind) {
    return kinds.contains(kind);
  }

  /** All names, in order. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(Losses::label).toList();
  }

  /** The names of those that take targets of a kind. */
  public static List<String> labels(Kind kind) {
    return Arrays.stream(values()).filter(l -> l.takes(kind)).map(Losses::label).toList();
  }

  /**
   * The loss of that name.
   *
   * @throws AthanorException if there is none; it lists those there are
   */
  public static Losses of(String label) {
    return Arrays.stream(values()).filter(l -> l.label().equals(label)).findFirst()
        .orElseThrow(() -> new AthanorException("there is no loss '" + label + "'; expected one of " + String.join(", ",
            labels())));
  }
}
