package dev.athanor.data;

import dev.athanor.tensor.Shape;
import java.util.List;

/** What an example's target is: its meaning, and how it lies in memory. */
public sealed interface Target {
  /** The shape of one example's target; that of a batch has the number of examples before it. */
  Shape shape();

  /** Bytes of one element: 8 for class indices (int64), 4 for the others (float32). */
  int elementBytes();

  /** Bytes of one example's target. */
  default long bytes() {
    return shape().size() * elementBytes();
  }

  /**
   * One of several classes: an int64 scalar from 0 to the number of classes - 1.
   *
   * @param names the classes' names, by index
   */
  record Classes(List<String> names) implements Target {
    /** Copies the names. */
    public Classes {
      names = List.copyOf(names);
    }

    @Override
    public Shape shape() {
      return Shape.SCALAR;
    }

    @Override
    public int elementBytes() {
      return Long.BYTES;
    }
  }

  /**
   * Yes or no: float32, 0 or 1.
   *
   * @param shape the shape of one example's target; [1] for a single question
   * @param names what 0 and what 1 means
   */
  record Binary(Shape shape, List<String> names) implements Target {
    /**
     * Copies the names.
     *
     * @throws IllegalArgumentException if there are not two names
     */
    public Binary {
      names = List.copyOf(names);
      if (names.size() != 2) {
        throw new IllegalArgumentException("a binary target has two names, found " + names);
      }
    }

    /** A single question. */
    public Binary(List<String> names) {
      this(Shape.of(1), names);
    }

    @Override
    public int elementBytes() {
      return Float.BYTES;
    }
  }

  /**
   * Numbers, as in regression: float32.
   *
   * @param shape the shape of one example's target; [0] if there is none, as in data to predict from
   */
  record Values(Shape shape) implements Target {
    @Override
    public int elementBytes() {
      return Float.BYTES;
    }
  }
}
