package dev.athanor.data;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Examples by index, each with float32 features of one shape and a {@link Target}. An implementation may hold them in memory or
 * read them when they are asked for. All methods may be called by several threads at once.
 */
public interface Dataset {
  /** A name for messages, e.g. {@code iris}. */
  String name();

  /** The number of examples. */
  int size();

  /** The shape of one example's features, e.g. [1, 28, 28]. */
  Shape featureShape();

  /** The features' names in order, or an empty list if they have none. */
  default List<String> featureNames() {
    return List.of();
  }

  /** The kind and shape of the targets. */
  Target target();

  /**
   * Whether copying an example costs little more than the memory traffic, so that a thread to prefetch it may cost more than it
   * saves.
   */
  default boolean inMemory() {
    return false;
  }

  /**
   * Copies one example's features, without allocating.
   *
   * @param index the example, from 0 to {@link #size} - 1
   * @param into receives {@code featureShape().size()} float32 values in native byte order
   * @param offset where they begin, in bytes; {@code into} is aligned to 4 bytes there
   * @throws IndexOutOfBoundsException if there is no such example, or {@code into} is too small
   */
  void copyFeatures(int index, MemorySegment into, long offset);

  /**
   * Copies one example's target, without allocating.
   *
   * @param index the example, from 0 to {@link #size} - 1
   * @param into receives {@code target().bytes()} bytes: one int64, or float32 values, in native byte order
   * @param offset where they begin, in bytes; {@code into} is aligned to an element's size there
   * @throws IndexOutOfBoundsException if there is no such example, or {@code into} is too small
   */
  void copyTarget(int index, MemorySegment into, long offset);

  /**
   * Copies a batch, one example after the other.
   *
   * @param indices holds the examples' indices
   * @param from where in {@code indices} the batch begins
   * @param count the number of examples
   * @param features receives the features from its beginning
   * @param targets receives the targets from its beginning
   */
  default void copyBatch(int[] indices, int from, int count, MemorySegment features, MemorySegment targets) {
    long featureBytes = featureShape().size() * Float.BYTES;
    long targetBytes = target().bytes();
    for (int i = 0; i < count; i++) {
      copyFeatures(indices[from + i], features, i * featureBytes);
      copyTarget(indices[from + i], targets, i * targetBytes);
    }
  }

  /**
   * One example's class, by index: for a {@link Target.Binary} of one value 0 or 1.
   *
   * @param index the example, from 0 to {@link #size} - 1
   * @throws AthanorException if the target is anything else
   * @throws IndexOutOfBoundsException if there is no such example
   */
  default int label(int index) {
    return switch (target()) {
      case Target.Classes _ -> {
        MemorySegment one = MemorySegment.ofArray(new long[1]);
        copyTarget(index, one, 0);
        yield (int) one.get(ValueLayout.JAVA_LONG, 0);
      }
      case Target.Binary b when b.shape().size() == 1 -> {
        MemorySegment one = MemorySegment.ofArray(new float[1]);
        copyTarget(index, one, 0);
        yield (int) one.get(ValueLayout.JAVA_FLOAT, 0);
      }
      case Target.Binary _, Target.Values _ -> throw new AthanorException(name() + " has no classes: its target is " + target());
    };
  }

  /**
   * The classes of all examples; see {@link #label}.
   *
   * @return a new array
   * @throws AthanorException if the target is neither a class nor a single yes or no
   */
  default int[] labels() {
    int[] labels = new int[size()];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = label(i);
    }
    return labels;
  }

  /**
   * Some of the examples, in the given order, as a view.
   *
   * @param indices which; the array is copied; an index may appear more than once
   * @throws IndexOutOfBoundsException if there is no such example
   */
  default Dataset subset(int[] indices) {
    return new DatasetViews.Subset(this, indices.clone());
  }

  /**
   * The same examples with changed features, computed at each copy. {@link #bake} computes them once.
   *
   * @throws AthanorException if the transformation does not fit this data
   */
  default Dataset map(FeatureTransform transform) {
    transform.check(this);
    return new DatasetViews.Mapped(this, transform);
  }

  /**
   * The same features in another shape, as a view.
   *
   * @param shape the new shape of one example
   * @throws AthanorException if it has another number of values
   */
  default Dataset reshape(long... shape) {
    return new DatasetViews.Reshaped(this, Shape.of(shape));
  }

  /**
   * Two classes as one float32 value, 0 for the first and 1 for the second, of shape [1], as a view: what a single sigmoid
   * output predicts.
   *
   * @throws AthanorException if this data has not two classes
   */
  default Dataset asBinary() {
    return new DatasetViews.AsBinary(this);
  }

  /**
   * Copies everything into arrays.
   *
   * @return data that no longer depends on this one
   * @throws AthanorException if it is too large for one array
   */
  default ArrayDataset bake() {
    return ArrayDataset.copyOf(this);
  }
}
