package dev.athanor.data;

import dev.athanor.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Data sets for tests. Example i has the features 10 i, 10 i + 1 and so on. */
final class Make {
  private Make() {}

  static ArrayDataset classes(int n, int width, int classes) {
    int[] labels = IntStream.range(0, n).map(i -> i % classes).toArray();
    List<String> names = IntStream.range(0, classes).mapToObj(c -> "class " + c).toList();
    return ArrayDataset.classes("made", features(n, width), Shape.of(width), labels, names);
  }

  /** As many examples of each class as given, class by class. */
  static ArrayDataset sized(int... sizes) {
    int[] labels = IntStream.range(0, sizes.length).flatMap(c -> IntStream.generate(() -> c).limit(sizes[c])).toArray();
    List<String> names = IntStream.range(0, sizes.length).mapToObj(c -> "class " + c).toList();
    return ArrayDataset.classes("made", features(labels.length, 1), Shape.of(1), labels, names);
  }

  static float[] features(int n, int width) {
    float[] features = new float[n * width];
    for (int i = 0; i < features.length; i++) {
      features[i] = 10 * (i / width) + i % width;
    }
    return features;
  }

  /** All features of a data set, by way of {@code bake}. */
  static float[][] rows(Dataset d) {
    int width = (int) d.featureShape().size();
    float[][] rows = new float[d.size()][width];
    for (int i = 0; i < rows.length; i++) {
      d.copyFeatures(i, java.lang.foreign.MemorySegment.ofArray(rows[i]), 0);
    }
    return rows;
  }

  /** The first feature of every example. */
  static int[] first(Dataset d) {
    return Arrays.stream(rows(d)).mapToInt(r -> (int) r[0]).toArray();
  }
}
