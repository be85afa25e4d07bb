package dev.athanor.examples.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.data.Dataset;
import dev.athanor.data.DatasetProvider;
import dev.athanor.data.Datasets;
import dev.athanor.data.LoadOptions;
import dev.athanor.data.LoadedData;
import dev.athanor.data.Standardizer;
import dev.athanor.data.Target;
import dev.athanor.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

class BuiltinDatasetsTest {
  private static float[] row(Dataset d, int i) {
    float[] row = new float[(int) d.featureShape().size()];
    d.copyFeatures(i, MemorySegment.ofArray(row), 0);
    return row;
  }

  private static int[] counts(Dataset d) {
    int[] counts = new int[((Target.Classes) d.target()).names().size()];
    for (int label : d.labels()) {
      counts[label]++;
    }
    return counts;
  }

  @Test
  void foundByName() {
    List<String> names = Datasets.list().stream().map(DatasetProvider.Entry::name).toList();
    assertEquals(List.of("breast-cancer", "csv:PATH", "digits", "fashion-mnist", "iris", "mnist"), names);
    for (String name : new String[] {"breast-cancer", "digits", "iris"}) {
      LoadedData d = Datasets.load(name, LoadOptions.none());
      assertEquals(name, d.data().name());
      assertEquals(!name.equals("digits"), d.standardize());
      var parts = d.prepare(7);
      assertEquals(d.data().size(), parts.train().size() + parts.test().size());
      assertEquals(Math.round(0.2 * d.data().size()), parts.test().size());
    }
  }

  /** Sizes and class counts as scikit-learn documents them; the first image is its well-known zero. */
  @Test
  void digits() {
    Dataset d = BuiltinDatasets.digits();
    assertEquals(1797, d.size());
    assertEquals(Shape.of(1, 8, 8), d.featureShape());
    assertArrayEquals(new int[] {178, 182, 177, 183, 181, 182, 181, 179, 174, 180}, counts(d));
    assertEquals(0, d.label(0));
    float[] zero = row(d, 0);
    float[] top = {0, 0, 5, 13, 9, 1, 0, 0};
    for (int i = 0; i < 8; i++) {
      assertEquals(top[i] / 16f, zero[i]);
    }
    for (int i = 0; i < d.size(); i++) {
      for (float v : row(d, i)) {
        assertTrue(v >= 0 && v <= 1);
      }
    }
  }

  /** Class counts and extremes as published with the data. */
  @Test
  void breastCancer() {
    Dataset d = BuiltinDatasets.breastCancer();
    assertEquals(569, d.size());
    assertEquals(Shape.of(30), d.featureShape());
    assertArrayEquals(new int[] {212, 357}, counts(d));
    assertEquals(new Target.Classes(List.of("malignant", "benign")), d.target());
    float min = Float.MAX_VALUE;
    float max = 0;
    for (int i = 0; i < d.size(); i++) {
      min = Math.min(min, row(d, i)[0]);
      max = Math.max(max, row(d, i)[23]);
    }
    assertEquals(6.981f, min);
    assertEquals(4254f, max);
    assertEquals("worst_area", d.featureNames().get(23));
    assertFalse(d.target() instanceof Target.Binary);
    assertEquals(Shape.of(1), d.asBinary().target().shape());
  }

  /** Means and population deviations by NumPy from the original file. */
  @Test
  void iris() {
    Dataset d = BuiltinDatasets.iris();
    assertEquals(150, d.size());
    assertArrayEquals(new int[] {50, 50, 50}, counts(d));
    Standardizer s = Standardizer.fit(d);
    assertArrayEquals(new float[] {5.84333333f, 3.05733333f, 3.758f, 1.19933333f}, s.mean(), 1e-6f);
    assertArrayEquals(new float[] {0.82530129f, 0.43441097f, 1.75940407f, 0.75969263f}, s.deviation(), 1e-6f);
  }
}
