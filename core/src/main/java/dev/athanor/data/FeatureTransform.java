package dev.athanor.data;

import java.lang.foreign.MemorySegment;

/** Changes the features of examples, in place and each example by itself. Called from several threads at once. */
@FunctionalInterface
public interface FeatureTransform {
  /**
   * Changes one example's features.
   *
   * @param features holds float32 values in native byte order
   * @param offset where the example begins, in bytes
   * @param count the number of its values
   */
  void apply(MemorySegment features, long offset, int count);

  /**
   * Refuses data that this transformation does not fit; called once, by {@link Dataset#map}.
   *
   * @throws dev.athanor.AthanorException if it does not fit
   */
  default void check(Dataset data) {}
}
