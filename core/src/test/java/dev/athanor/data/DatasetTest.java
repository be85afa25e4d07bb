package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatasetTest {
  @Test
  void copiesABatchIntoAnyMemory() {
    Dataset d = Make.classes(5, 3, 2);
    float[] features = new float[9];
    long[] targets = new long[3];
    d.copyBatch(new int[] {9, 4, 0, 1}, 1, 3, MemorySegment.ofArray(features), MemorySegment.ofArray(targets));
    assertArrayEquals(new float[] {40, 41, 42, 0, 1, 2, 10, 11, 12}, features);
    assertArrayEquals(new long[] {0, 0, 1}, targets);
    try (var arena = Arena.ofConfined()) {
      MemorySegment off = arena.allocate(64, 64);
      d.copyFeatures(2, off, 16);
      d.copyTarget(3, off, 40);
      assertEquals(21f, off.get(ValueLayout.JAVA_FLOAT, 20));
      assertEquals(1L, off.get(ValueLayout.JAVA_LONG, 40));
      assertThrows(IndexOutOfBoundsException.class, () -> d.copyFeatures(2, off, 56));
      assertThrows(IndexOutOfBoundsException.class, () -> d.copyFeatures(5, off, 0));
      assertThrows(IndexOutOfBoundsException.class, () -> d.copyTarget(-1, off, 0));
    }
  }

  @Test
  void bytesAreScaledAsTheyAreCopied() {
    var d = new ByteDataset("b", new byte[] {0, 1, (byte) 128, (byte) 255}, Shape.of(1, 1, 2), 255f, new int[] {1, 0},
        List.of("a", "b"));
    assertArrayEquals(new float[][] {{0f, 1f / 255f}, {128f / 255f, 1f}}, Make.rows(d));
    assertArrayEquals(new int[] {1, 0}, d.labels());
    assertArrayEquals(Make.rows(d), Make.rows(d.bake()));
    assertEquals("b: 2 examples, features [1, 1, 2], target Classes[names=[a, b]]", d.toString());
  }

  @Test
  void viewsOfViews() {
    Dataset d = Make.classes(6, 2, 2);
    Dataset view = d.subset(new int[] {5, 1, 4}).subset(new int[] {2, 0}).map((features, offset, count) -> {
      for (int i = 0; i < count; i++) {
        features.set(ValueLayout.JAVA_FLOAT, offset + 4L * i, -features.get(ValueLayout.JAVA_FLOAT, offset + 4L * i));
      }
    }).reshape(2, 1);
    for (Dataset v : List.of(view, view.bake())) {
      assertEquals(Shape.of(2, 1), v.featureShape());
      assertArrayEquals(new float[][] {{-40, -41}, {-50, -51}}, Make.rows(v));
      assertArrayEquals(new int[] {0, 1}, v.labels());
      assertTrue(v.inMemory());
    }
    assertThrows(IndexOutOfBoundsException.class, () -> d.subset(new int[] {6}));
    message("reshape of made: features [2] have 2 values, [3] has 3", () -> d.reshape(3));
  }

  @Test
  void binaryTargets() {
    Dataset d = Make.classes(4, 1, 2).asBinary();
    assertEquals(new Target.Binary(List.of("class 0", "class 1")), d.target());
    assertEquals(Shape.of(1), d.target().shape());
    float[] targets = new float[4];
    d.copyBatch(new int[] {0, 1, 2, 3}, 0, 4, MemorySegment.ofArray(new float[4]), MemorySegment.ofArray(targets));
    assertArrayEquals(new float[] {0, 1, 0, 1}, targets);
    assertArrayEquals(new int[] {0, 1, 0, 1}, d.subset(new int[] {0, 1, 2, 3}).bake().labels());
    message("made: a binary target needs two classes, found Classes[names=[class 0, class 1, class 2]]",
        () -> Make.classes(4, 1, 3).asBinary());
  }

  @Test
  void valueTargetsHaveNoClasses() {
    var d = ArrayDataset.values("v", new float[] {1, 2}, Shape.of(1), new float[] {1, 2, 3, 4}, Shape.of(2));
    float[] target = new float[2];
    d.copyTarget(1, MemorySegment.ofArray(target), 0);
    assertArrayEquals(new float[] {3, 4}, target);
    message("v has no classes: its target is Values[shape=[2]]", d::labels);
  }

  @Test
  void errors() {
    List<String> names = List.of("a", "b");
    message("d: example 1 has the label 2; expected 0 to 1 for 2 classes",
        () -> ArrayDataset.classes("d", new float[2], Shape.of(1), new int[] {0, 2}, names));
    message("d: example 0 has the label -1; expected 0 to 1 for 2 classes",
        () -> new ByteDataset("d", new byte[1], Shape.of(1), 1f, new int[] {-1}, names));
    message("d: 2 examples of shape [3] need 6 features, found 5",
        () -> ArrayDataset.classes("d", new float[5], Shape.of(3), new int[2], names));
    message("d: 2 examples of shape [3] need 6 features, found 5",
        () -> new ByteDataset("d", new byte[5], Shape.of(3), 1f, new int[2], names));
    message("d: example 1 has the target 0.5; expected 0 or 1",
        () -> ArrayDataset.binary("d", new float[2], Shape.of(1), new float[] {0, 0.5f}, new Target.Binary(names)));
    message("d: example 0 has the target NaN; expected a finite number",
        () -> ArrayDataset.values("d", new float[1], Shape.of(1), new float[] {Float.NaN}, Shape.of(1)));
    message("d: expected targets of shape [1] for 2 examples, found 3 values",
        () -> ArrayDataset.values("d", new float[2], Shape.of(1), new float[3], Shape.of(1)));
    assertThrows(IllegalArgumentException.class, () -> new Target.Binary(List.of("a")));
  }

  private static void message(String message, org.junit.jupiter.api.function.Executable run) {
    assertEquals(message, assertThrows(AthanorException.class, run).getMessage());
  }
}
