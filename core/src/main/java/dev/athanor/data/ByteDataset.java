package dev.athanor.data;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Objects;

/**
 * Examples of unsigned bytes that belong to classes, such as images: kept as bytes, a quarter of float32's memory, and scaled
 * as they are copied. Feature value {@code v} becomes {@code v / scale} in float32.
 */
public final class ByteDataset implements Dataset {
  private final String name;
  private final byte[] features;
  private final Shape featureShape;
  private final float[] table = new float[256];
  private final Targets targets;
  private final int width;

  /**
   * Keeps the arrays: do not write to them afterwards.
   *
   * @param name the data set's name
   * @param features the features, one example after the other, row-major
   * @param featureShape the shape of one example
   * @param scale what every value is divided by, e.g. 255 for [0, 1]
   * @param labels each example's class
   * @param classNames the classes' names
   * @throws AthanorException if the lengths do not fit, or a label is out of range
   */
  public ByteDataset(String name, byte[] features, Shape featureShape, float scale, int[] labels, List<String> classNames) {
    this.name = Objects.requireNonNull(name);
    this.features = features;
    this.featureShape = featureShape;
    this.width = Math.toIntExact(featureShape.size());
    this.targets = Targets.classes(name, new Target.Classes(classNames), labels);
    if (features.length != (long) labels.length * width) {
      throw new AthanorException(name + ": " + labels.length + " examples of shape " + featureShape + " need "
          + (long) labels.length * width + " features, found " + features.length);
    }
    for (int v = 0; v < table.length; v++) {
      table[v] = v / scale;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int size() {
    return targets.labels().length;
  }

  @Override
  public Shape featureShape() {
    return featureShape;
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
    int from = Objects.checkIndex(index, size()) * width;
    for (int i = 0; i < width; i++) {
      into.set(ValueLayout.JAVA_FLOAT, offset + (long) i * Float.BYTES, table[features[from + i] & 0xFF]);
    }
  }

  @Override
  public void copyTarget(int index, MemorySegment into, long offset) {
    targets.copy(Objects.checkIndex(index, size()), into, offset);
  }

  @Override
  public int label(int index) {
    return targets.label(name, Objects.checkIndex(index, size()));
  }

  @Override
  public String toString() {
    return DatasetViews.describe(this);
  }
}
