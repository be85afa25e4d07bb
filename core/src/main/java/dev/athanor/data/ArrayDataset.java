package dev.athanor.data;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/**
 * A data set in arrays: float32 features, one example after the other, row-major. The arrays given to the factory methods are
 * kept, not copied: do not write to them afterwards.
 */
public final class ArrayDataset implements Dataset {
  private final String name;
  private final float[] features;
  private final Shape featureShape;
  private final List<String> featureNames;
  private final Targets targets;
  private final int width;
  private final int size;

  ArrayDataset(String name, int size, float[] features, Shape featureShape, List<String> featureNames, Targets targets) {
    this.name = Objects.requireNonNull(name);
    this.features = features;
    this.featureShape = featureShape;
    this.featureNames = List.copyOf(featureNames);
    this.targets = targets;
    this.size = size;
    this.width = Math.toIntExact(featureShape.size());
    if (features.length != (long) size * width) {
      throw new AthanorException(name + ": " + size + " examples of shape " + featureShape + " need " + (long) size * width
          + " features, found " + features.length);
    }
    if (!targets.fits(size)) {
      throw new AthanorException(name + ": expected targets of shape " + targets.kind().shape() + " for " + size
          + " examples, found "
          + (targets.labels() != null ? targets.labels().length : targets.values().length) + " values");
    }
    if (!featureNames.isEmpty() && featureNames.size() != width) {
      throw new AthanorException(name + ": expected " + width + " feature names, found " + featureNames.size());
    }
  }

  /**
   * Examples that belong to classes.
   *
   * @param name the data set's name
   * @param features the features: as many times {@code featureShape.size()} values as there are labels
   * @param featureShape the shape of one example
   * @param labels each example's class
   * @param classNames the classes' names
   * @throws AthanorException if the lengths do not fit, or a label is out of range
   */
  public static ArrayDataset classes(String name, float[] features, Shape featureShape, int[] labels, List<String> classNames) {
    var targets = Targets.classes(name, new Target.Classes(classNames), labels);
    return new ArrayDataset(name, labels.length, features, featureShape, List.of(), targets);
  }

  /**
   * Examples with yes-or-no targets.
   *
   * @param name the data set's name
   * @param features the features, one example after the other
   * @param featureShape the shape of one example
   * @param targets zeros and ones, one example after the other
   * @param kind the targets' shape and names
   * @throws AthanorException if the lengths do not fit, or a target is neither 0 nor 1
   */
  public static ArrayDataset binary(String name, float[] features, Shape featureShape, float[] targets, Target.Binary kind) {
    return of(name, features, featureShape, Targets.values(name, kind, targets));
  }

  /**
   * Examples with numbers as targets.
   *
   * @param name the data set's name
   * @param features the features, one example after the other
   * @param featureShape the shape of one example
   * @param targets the targets, one example after the other
   * @param targetShape the shape of one example's target
   * @throws AthanorException if the lengths do not fit, or a target is not finite
   */
  public static ArrayDataset values(String name, float[] features, Shape featureShape, float[] targets, Shape targetShape) {
    return of(name, features, featureShape, Targets.values(name, new Target.Values(targetShape), targets));
  }

  /** The number of examples follows from the features. */
  private static ArrayDataset of(String name, float[] features, Shape featureShape, Targets targets) {
    int size = (int) (features.length / Math.max(1, featureShape.size()));
    return new ArrayDataset(name, size, features, featureShape, List.of(), targets);
  }

  /** Everything of another data set, copied. */
  static ArrayDataset copyOf(Dataset data) {
    long floats = data.size() * data.featureShape().size();
    if (floats > Integer.MAX_VALUE - 8) {
      throw new AthanorException(data.name() + ": " + data.size() + " examples of shape " + data.featureShape()
          + " are too many for one array; use the data set as it is");
    }
    float[] features = new float[(int) floats];
    MemorySegment into = MemorySegment.ofArray(features);
    long bytes = data.featureShape().size() * Float.BYTES;
    for (int i = 0; i < data.size(); i++) {
      data.copyFeatures(i, into, i * bytes);
    }
    Targets targets = switch (data.target()) {
      case Target.Classes c -> new Targets(c, data.labels(), null);
      case Target.Binary b -> new Targets(b, null, values(data));
      case Target.Values v -> new Targets(v, null, values(data));
    };
    return new ArrayDataset(data.name(), data.size(), features, data.featureShape(), data.featureNames(), targets);
  }

  private static float[] values(Dataset data) {
    int width = (int) data.target().shape().size();
    float[] values = new float[Math.multiplyExact(data.size(), width)];
    MemorySegment into = MemorySegment.ofArray(values);
    for (int i = 0; i < data.size(); i++) {
      data.copyTarget(i, into, (long) i * width * Float.BYTES);
    }
    return values;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Shape featureShape() {
    return featureShape;
  }

  @Override
  public List<String> featureNames() {
    return featureNames;
  }

  @Override
  public Target target() {
    return targets.kind();
  }

  @Override
  public boolean inMemory() {
    return true;
  }

  @Override
  public void copyFeatures(int index, MemorySegment into, long offset) {
    Objects.checkIndex(index, size);
    MemorySegment.copy(features, index * width, into, ValueLayout.JAVA_FLOAT, offset, width);
  }

  @Override
  public void copyTarget(int index, MemorySegment into, long offset) {
    Objects.checkIndex(index, size);
    targets.copy(index, into, offset);
  }

  @Override
  public int label(int index) {
    return targets.label(name, Objects.checkIndex(index, size));
  }

  @Override
  public String toString() {
    return DatasetViews.describe(this);
  }
}
