package dev.athanor.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.data.Dataset;
import dev.athanor.data.Target;
import dev.athanor.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.factory.Nd4j;

/** DL4J's data sets and iterators as data of Athanor. */
class Nd4jDatasetsTest {
  private static final INDArray FEATURES = Nd4j.createFromArray(new float[][] {{1, 2}, {3, 4}, {5, 6}, {7, 8}, {9, 10}});
  private static final INDArray ONE_HOT =
      Nd4j.createFromArray(new float[][] {{1, 0, 0}, {0, 0, 1}, {0, 1, 0}, {0, 0, 1}, {1, 0, 0}});

  private static float[] features(Dataset data, int index) {
    float[] into = new float[(int) data.featureShape().size()];
    data.copyFeatures(index, MemorySegment.ofArray(into), 0);
    return into;
  }

  private static float[] target(Dataset data, int index) {
    float[] into = new float[(int) data.target().shape().size()];
    data.copyTarget(index, MemorySegment.ofArray(into), 0);
    return into;
  }

  @Test
  void oneHotLabelsBecomeClasses() {
    var whole = new DataSet(FEATURES, ONE_HOT);
    whole.setLabelNames(List.of("a", "b", "c"));
    for (Dataset data : List.of(Nd4jDatasets.of("made", whole), Nd4jDatasets.of("made", new ViewIterator(whole, 2)))) {
      assertEquals(5, data.size());
      assertEquals(Shape.of(2), data.featureShape());
      assertArrayEquals(new int[] {0, 2, 1, 2, 0}, data.labels());
      assertArrayEquals(new float[] {7, 8}, features(data, 3));
      assertEquals(3, ((Target.Classes) data.target()).names().size());
    }
    assertEquals(List.of("a", "b", "c"), ((Target.Classes) Nd4jDatasets.of("made", whole).target()).names());
  }

  @Test
  void otherLabelsStayNumbers() {
    INDArray y = Nd4j.createFromArray(new double[][] {{0.5, 0.5}, {1, 0}, {0, 1}, {2, 0}, {0, 0}});
    Dataset data = Nd4jDatasets.of("made", new DataSet(FEATURES, y));
    assertEquals(new Target.Values(Shape.of(2)), data.target());
    assertArrayEquals(new float[] {2, 0}, target(data, 3));
    Dataset kept = Nd4jDatasets.values("made", new ViewIterator(new DataSet(FEATURES, ONE_HOT), 2));
    assertArrayEquals(new float[] {0, 0, 1}, target(kept, 1));
  }

  @Test
  void imagesInOrderFKeepTheirShape() {
    INDArray images = Nd4j.arange(5 * 12).castTo(org.nd4j.linalg.api.buffer.DataType.FLOAT).reshape('c', 5, 1, 3, 4).dup('f');
    Dataset data = Nd4jDatasets.of("made", new DataSet(images, ONE_HOT));
    assertEquals(Shape.of(1, 3, 4), data.featureShape());
    assertEquals(17f, features(data, 1)[5]);
  }

  @Test
  void masksAreRefused() {
    var masked = new DataSet(FEATURES, ONE_HOT, null, Nd4j.ones(5, 3));
    var e = assertThrows(AthanorException.class, () -> Nd4jDatasets.of("made", masked));
    assertTrue(e.getMessage().startsWith("made: batch 0 has mask arrays"), e.getMessage());
  }
}
