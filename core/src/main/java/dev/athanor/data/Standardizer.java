package dev.athanor.data;

import dev.athanor.AthanorException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Shifts and scales each feature to mean 0 and standard deviation 1 over the examples that it was fitted on: {@code (x - mean)
 * / deviation}. Fit it on the training part alone, and apply it to all parts: what the test part's mean and deviation are must
 * not be known in training.
 *
 * <p>The deviation is the population's (divided by the number of examples). A feature that has one and the same value
 * everywhere becomes 0: its deviation is taken as 1. Means and deviations are computed in float64, in two passes.
 */
public final class Standardizer implements FeatureTransform {
  private final float[] mean;
  private final float[] deviation;

  private Standardizer(float[] mean, float[] deviation) {
    this.mean = mean;
    this.deviation = deviation;
  }

  /**
   * Computes means and deviations.
   *
   * @param train the training part
   * @throws AthanorException if it has no examples, or a feature is not finite
   */
  public static Standardizer fit(Dataset train) {
    int n = train.size();
    int width = Math.toIntExact(train.featureShape().size());
    if (n == 0) {
      throw new AthanorException(train.name() + ": cannot standardise: there are no examples");
    }
    float[] row = new float[width];
    MemorySegment segment = MemorySegment.ofArray(row);
    double[] mean = new double[width];
    for (int i = 0; i < n; i++) {
      train.copyFeatures(i, segment, 0);
      for (int j = 0; j < width; j++) {
        if (!Float.isFinite(row[j])) {
          throw new AthanorException(train.name() + ": cannot standardise: example " + i + " has the value " + row[j]
              + " in feature "
              + name(train, j));
        }
        mean[j] += row[j];
      }
    }
    for (int j = 0; j < width; j++) {
      mean[j] /= n;
    }
    double[] squares = new double[width];
    for (int i = 0; i < n; i++) {
      train.copyFeatures(i, segment, 0);
      for (int j = 0; j < width; j++) {
        double d = row[j] - mean[j];
        squares[j] += d * d;
      }
    }
    float[] m = new float[width];
    float[] s = new float[width];
    for (int j = 0; j < width; j++) {
      // A constant's mean is exact: sums of up to 2²⁹ equal float32 values fit a float64. So its deviation is exactly 0.
      float deviation = (float) Math.sqrt(squares[j] / n);
      m[j] = (float) mean[j];
      s[j] = deviation > 0 ? deviation : 1f;
    }
    return new Standardizer(m, s);
  }

  /**
   * One from given numbers, such as a checkpoint's.
   *
   * @param mean each feature's mean; copied
   * @param deviation each feature's standard deviation; copied
   * @throws AthanorException if the lengths differ, or a number is not finite, or a deviation not above 0
   */
  public static Standardizer of(float[] mean, float[] deviation) {
    if (mean.length != deviation.length) {
      throw new AthanorException("standardizer: " + mean.length + " means, but " + deviation.length + " deviations");
    }
    for (int j = 0; j < mean.length; j++) {
      if (!Float.isFinite(mean[j]) || !Float.isFinite(deviation[j]) || deviation[j] <= 0) {
        throw new AthanorException("standardizer: feature " + j + ": expected a finite mean and a deviation above 0, found "
            + mean[j]
            + " and " + deviation[j]);
      }
    }
    return new Standardizer(mean.clone(), deviation.clone());
  }

  /** Each feature's mean, as a new array. */
  public float[] mean() {
    return mean.clone();
  }

  /** Each feature's standard deviation (1 where the feature does not vary), as a new array. */
  public float[] deviation() {
    return deviation.clone();
  }

  /**
   * Refuses data with another number of features.
   *
   * @throws AthanorException if the numbers differ; the message says both
   */
  @Override
  public void check(Dataset data) {
    if (data.featureShape().size() != mean.length) {
      throw new AthanorException(data.name() + ": expected " + mean.length
          + " features, as in the data that the standardizer was "
          + "fitted on, found " + data.featureShape().size());
    }
  }

  @Override
  public void apply(MemorySegment features, long offset, int count) {
    for (int j = 0; j < count; j++) {
      long at = offset + (long) j * Float.BYTES;
      features.set(ValueLayout.JAVA_FLOAT, at, (features.get(ValueLayout.JAVA_FLOAT, at) - mean[j]) / deviation[j]);
    }
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Standardizer s && Arrays.equals(mean, s.mean) && Arrays.equals(deviation, s.deviation);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(mean) * 31 + Arrays.hashCode(deviation);
  }

  private static String name(Dataset data, int feature) {
    return data.featureNames().isEmpty() ? String.valueOf(feature) : "'" + data.featureNames().get(feature) + "'";
  }
}
