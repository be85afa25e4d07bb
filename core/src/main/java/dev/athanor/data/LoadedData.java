package dev.athanor.data;

import java.util.Optional;

/**
 * A data set that was loaded by name, with what its provider knows about its use.
 *
 * @param data all examples, or those to train on where the data set brings its own test part
 * @param ownTest the data set's own test part, if it has one
 * @param standardize whether its features have different scales, so that training needs a {@link Standardizer}
 */
public record LoadedData(Dataset data, Optional<Dataset> ownTest, boolean standardize) {
  /** The test part's share where the data set brings none: 0.2. */
  public static final double TEST_FRACTION = 0.2;

  /** Data without a test part of its own. */
  public LoadedData(Dataset data, boolean standardize) {
    this(data, Optional.empty(), standardize);
  }

  /** Data with its own test part, on one scale. */
  public LoadedData(Split split) {
    this(split.train(), Optional.of(split.test()), false);
  }

  /**
   * The default split: the data set's own test part; otherwise a fifth of the examples, stratified if they belong to classes.
   *
   * @param seed chooses the examples; without effect on a data set with its own test part
   * @throws dev.athanor.AthanorException if there are too few examples
   */
  public Split split(long seed) {
    if (ownTest.isPresent()) {
      return new Split(data, ownTest.get());
    }
    return switch (data.target()) {
      case Target.Classes _, Target.Binary _ -> Splits.stratified(data, TEST_FRACTION, seed);
      case Target.Values _ -> Splits.random(data, TEST_FRACTION, seed);
    };
  }

  /**
   * The default split, standardised where the data set needs it, by the training part alone.
   *
   * @param seed chooses the examples
   * @throws dev.athanor.AthanorException if there are too few examples
   */
  public Prepared prepare(long seed) {
    Split split = split(seed);
    if (!standardize) {
      return new Prepared(split.train(), split.test(), Optional.empty());
    }
    Standardizer s = Standardizer.fit(split.train());
    return new Prepared(split.train().map(s).bake(), split.test().map(s).bake(), Optional.of(s));
  }

  /**
   * Parts that are ready for training.
   *
   * @param train the part to learn from
   * @param test the part held back
   * @param standardizer what was applied to both; belongs into the model's checkpoint, for data to come
   */
  public record Prepared(Dataset train, Dataset test, Optional<Standardizer> standardizer) {}
}
