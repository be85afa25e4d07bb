package dev.athanor.nn;

import dev.athanor.AthanorException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The initialisers that have a name: those that need no choice, or have usual parameters. */
public enum Initializers {
  /** {@link Initializer#fanInUniform}. */
  FAN_IN_UNIFORM(Initializer.fanInUniform()),
  /** {@link Initializer#zeros}: hidden units that start alike stay alike, so a network of several layers does not learn. */
  ZEROS(Initializer.zeros()),
  /** {@link Initializer#normal} with standard deviation 0.01. */
  NORMAL(Initializer.normal(0, 0.01)),
  /** {@link Initializer#uniform} in ±0.05. */
  UNIFORM(Initializer.uniform(-0.05, 0.05)),
  /** {@link Initializer#truncatedNormal} with standard deviation 0.02, cut off at two of them. */
  TRUNCATED_NORMAL(Initializer.truncatedNormal(0, 0.02, -0.04, 0.04)),
  /** {@link Initializer#glorotNormal}. */
  GLOROT_NORMAL(Initializer.glorotNormal()),
  /** {@link Initializer#glorotUniform}. */
  GLOROT_UNIFORM(Initializer.glorotUniform()),
  /** {@link Initializer#heNormal}. */
  HE_NORMAL(Initializer.heNormal()),
  /** {@link Initializer#heUniform}. */
  HE_UNIFORM(Initializer.heUniform()),
  /** {@link Initializer#lecunNormal}. */
  LECUN_NORMAL(Initializer.lecunNormal()),
  /** {@link Initializer#lecunUniform}. */
  LECUN_UNIFORM(Initializer.lecunUniform()),
  /** {@link Initializer#orthogonal} with gain 1. */
  ORTHOGONAL(Initializer.orthogonal(1)),
  /** {@link Initializer#sparse} with nine of ten weights 0 and standard deviation 0.1. */
  SPARSE(Initializer.sparse(0.9, 0.1)),
  /** {@link Initializer#identity}. */
  IDENTITY(Initializer.identity());

  private final Initializer initializer;

  Initializers(Initializer initializer) {
    this.initializer = initializer;
  }

  /** The name by which it is chosen, such as {@code he-normal}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The initialiser, for weights. */
  public Initializer get() {
    return initializer;
  }

  /** All names, in order. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(Initializers::label).toList();
  }

  /**
   * The initialiser of that name.
   *
   * @throws AthanorException if there is none; it lists those there are
   */
  public static Initializers of(String label) {
    return Arrays.stream(values()).filter(i -> i.label().equals(label)).findFirst()
        .orElseThrow(() -> new AthanorException("there is no initialiser '" + label + "'; expected one of "
            + String.join(", ", labels())));
  }
}
