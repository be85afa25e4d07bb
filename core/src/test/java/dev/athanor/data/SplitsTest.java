package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitsTest {
  @Test
  void partsShareNothingAndLoseNothing() {
    Dataset d = Make.classes(103, 1, 4);
    for (Split s : List.of(Splits.random(d, 0.2, 5), Splits.stratified(d, 0.2, 5))) {
      assertEquals(21, s.test().size()); // 20.6 rounded
      assertEquals(82, s.train().size());
      int[] both = IntStream.concat(IntStream.of(Make.first(s.train())), IntStream.of(Make.first(s.test()))).sorted().toArray();
      assertArrayEquals(Make.first(d), both);
      int[] sorted = Make.first(s.train());
      Arrays.sort(sorted);
      assertArrayEquals(sorted, Make.first(s.train()), "the parts keep the order");
    }
  }

  @Test
  void dependsOnTheSeedAlone() {
    Dataset d = Make.classes(200, 1, 3);
    for (boolean stratified : new boolean[] {false, true}) {
      assertArrayEquals(test(d, stratified, 7), test(d, stratified, 7));
      assertFalse(Arrays.equals(test(d, stratified, 7), test(d, stratified, 8)));
    }
  }

  private static int[] test(Dataset d, boolean stratified, long seed) {
    return Make.first((stratified ? Splits.stratified(d, 0.25, seed) : Splits.random(d, 0.25, seed)).test());
  }

  @Test
  void stratifiedKeepsProportions() {
    Split s = Splits.stratified(Make.sized(212, 357), 0.2, 1); // the breast cancer data's classes
    int[] counts = new int[2];
    for (int label : s.test().labels()) {
      counts[label]++;
    }
    assertArrayEquals(new int[] {42, 72}, counts); // 42.48 and 71.52 of 114: the larger remainder is rounded up
    assertArrayEquals(new int[] {1, 1, 1}, perClass(Splits.stratified(Make.sized(2, 2, 96), 0.01, 1).test(), 3));
    assertArrayEquals(new int[] {1, 1, 1}, perClass(Splits.stratified(Make.sized(2, 2, 96), 0.99, 1).train(), 3));
    assertArrayEquals(new int[] {1, 0, 1}, perClass(Splits.stratified(Make.sized(5, 0, 5), 0.2, 1).test(), 3));
  }

  private static int[] perClass(Dataset d, int classes) {
    int[] counts = new int[classes];
    IntStream.of(d.labels()).forEach(l -> counts[l]++);
    return counts;
  }

  @Test
  void stratifiesYesAndNo() {
    Dataset d = Make.sized(50, 150).asBinary();
    assertArrayEquals(new int[] {10, 30}, perClass(Splits.stratified(d, 0.2, 3).test(), 2));
  }

  @Test
  void errors() {
    Dataset d = Make.classes(10, 1, 2);
    for (double fraction : new double[] {0, 1, -0.1, 1.5, Double.NaN}) {
      assertMessage("made: expected a test fraction above 0 and below 1, found " + fraction, () -> Splits.random(d, fraction, 1));
      assertMessage("made: expected a test fraction above 0 and below 1, found " + fraction, () -> Splits.stratified(d,
          fraction, 1));
    }
    assertMessage("made: a test fraction of 0.01 of 10 examples leaves the test part empty; choose another fraction",
        () -> Splits.random(d, 0.01, 1));
    assertMessage("made: a test fraction of 0.99 of 10 examples leaves the training part empty; choose another fraction",
        () -> Splits.stratified(d, 0.99, 1));
    assertMessage("made: class 'class 1' has 1 example; a stratified split needs at least 2 of each class: leave the class out, "
        + "add examples, or split at random", () -> Splits.stratified(Make.sized(9, 1), 0.2, 1));
    Dataset values = ArrayDataset.values("v", new float[10], Shape.of(1), new float[10], Shape.of(1));
    var error = assertThrows(AthanorException.class, () -> Splits.stratified(values, 0.2, 1));
    assertTrue(error.getMessage().startsWith("v: a stratified split needs classes"), error.getMessage());
  }

  private static void assertMessage(String message, org.junit.jupiter.api.function.Executable run) {
    assertEquals(message, assertThrows(AthanorException.class, run).getMessage());
  }
}
