package dev.athanor.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DataLoaderTest {
  private static final int N = 103;

  /** The batch as text: where it stands, and every number in it. */
  private static String text(Batch b) {
    return b.epoch() + "/" + b.index() + " " + b.count() + " " + Arrays.toString(b.features().toArray(ValueLayout.JAVA_FLOAT))
        + " "
        + Arrays.toString(b.targets().toArray(ValueLayout.JAVA_LONG));
  }

  private static DataLoader.Builder builder(Dataset data, int prefetch) {
    return DataLoader.of(data).batch(10).shuffle(42).prefetch(prefetch);
  }

  private static List<String> epochs(DataLoader loader, int epochs) {
    List<String> seen = new ArrayList<>();
    for (int e = 0; e < epochs; e++) {
      for (Batch b = loader.next(); b != null; b = loader.next()) {
        seen.add(text(b));
      }
      loader.nextEpoch();
    }
    return seen;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 50})
  void prefetchNeverChangesTheOrder(int prefetch) {
    List<String> expected;
    try (var loader = builder(Make.classes(N, 3, 4), 0).build()) {
      expected = epochs(loader, 4);
    }
    // A data set that takes its time, differently for each example, and a consumer that is slow now and then.
    Dataset slow = new Slow(Make.classes(N, 3, 4), index -> pause(index % 29 == 0 ? 200 : 0));
    List<String> seen = new ArrayList<>();
    try (var loader = builder(slow, prefetch).build()) {
      for (int e = 0; e < 4; e++) {
        for (Batch b = loader.next(); b != null; b = loader.next()) {
          if (seen.size() % 5 == 0) {
            pause(500);
          }
          seen.add(text(b));
        }
        loader.nextEpoch();
      }
    }
    assertEquals(expected, seen);
  }

  @Test
  void lookingAheadShowsTheNextBatchAndTakesNothing() {
    try (var plain = builder(Make.classes(N, 3, 4), 2).build(); var peeking = builder(Make.classes(N, 3, 4), 2).build()) {
      List<String> expected = epochs(plain, 2);
      List<String> seen = new ArrayList<>();
      for (int e = 0; e < 2; e++) {
        for (Batch b = peeking.next(); b != null; b = peeking.next()) {
          seen.add(text(b));
          DataLoader.State before = peeking.state();
          Batch next = peeking.peek();
          while (next == null) { // until it is filled
            pause(50);
            next = peeking.peek();
          }
          assertEquals(before, peeking.state());
          if (seen.size() < expected.size()) {
            assertEquals(expected.get(seen.size()), text(next)); // also over the end of the epoch
          }
          assertEquals(seen.getLast(), text(b), "the batch in use stays as it is");
        }
        peeking.nextEpoch();
      }
      assertEquals(expected, seen);
    }
    try (var unaided = builder(Make.classes(N, 3, 4), 0).build()) {
      assertNull(unaided.peek());
    }
  }

  @Test
  void everyEpochShowsEveryExampleOnceInItsOwnOrder() {
    Dataset d = Make.classes(N, 1, 4);
    try (var loader = builder(d, 3).build()) {
      assertEquals(11, loader.batchesPerEpoch());
      int[][] orders = new int[3][];
      for (int e = 0; e < 3; e++) {
        orders[e] = firstFeatures(loader);
        loader.nextEpoch();
      }
      for (int[] order : orders) {
        int[] sorted = order.clone();
        Arrays.sort(sorted);
        assertArrayEquals(Make.first(d), sorted);
      }
      assertFalse(Arrays.equals(orders[0], orders[1]));
      assertFalse(Arrays.equals(orders[1], orders[2]));
    }
  }

  private static int[] firstFeatures(DataLoader loader) {
    IntStream.Builder order = IntStream.builder();
    for (Batch b = loader.next(); b != null; b = loader.next()) {
      for (int i = 0; i < b.count(); i++) {
        order.add((int) b.features().getAtIndex(ValueLayout.JAVA_FLOAT, i));
      }
    }
    return order.build().toArray();
  }

  @Test
  void inOrderAndDropLast() {
    Dataset d = Make.classes(N, 1, 4);
    try (var loader = DataLoader.of(d).batch(10).build()) {
      assertArrayEquals(Make.first(d), firstFeatures(loader));
      assertNull(loader.next());
      assertNull(loader.next());
      loader.nextEpoch();
      assertArrayEquals(Make.first(d), firstFeatures(loader));
    }
    try (var loader = DataLoader.of(d).batch(10).dropLast().prefetch(2).build()) {
      assertEquals(10, loader.batchesPerEpoch());
      assertArrayEquals(Arrays.copyOf(Make.first(d), 100), firstFeatures(loader));
    }
  }

  @Test
  void shapesOfFullAndLastBatch() {
    try (var loader = DataLoader.of(Make.classes(5, 6, 2).reshape(1, 2, 3)).batch(3).build()) {
      Batch b = loader.next();
      assertEquals(Shape.of(3, 1, 2, 3), b.featureShape());
      assertEquals(Shape.of(3), b.targetShape());
      assertEquals(3 * 6 * 4, b.features().byteSize());
      assertEquals(3 * 8, b.targets().byteSize());
      assertEquals(0, b.features().address() % 64);
      assertTrue(b.features().isNative() && b.targets().isNative());
      b = loader.next();
      assertEquals(Shape.of(2, 1, 2, 3), b.featureShape());
      assertEquals(Shape.of(2), b.targetShape());
      assertEquals(2 * 6 * 4, b.features().byteSize());
      assertEquals(2 * 8, b.targets().byteSize());
    }
    try (var loader = DataLoader.of(Make.classes(5, 6, 2).asBinary()).batch(3).build()) {
      assertEquals(Shape.of(3, 1), loader.next().targetShape());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void restoresEveryStateExactly(int prefetch) {
    List<DataLoader.State> states = new ArrayList<>();
    List<String> batches = new ArrayList<>();
    try (var loader = builder(Make.classes(N, 2, 3), prefetch).build()) {
      for (int e = 0; e < 3; e++) {
        for (int i = 0; i <= loader.batchesPerEpoch(); i++) {
          states.add(loader.state());
          Batch b = loader.next();
          batches.add(b == null ? null : text(b));
        }
        loader.nextEpoch();
      }
    }
    assertEquals(new DataLoader.State(42, 1, 5), states.get(12 + 5));
    assertEquals(new DataLoader.State(42, 1, 11), states.get(12 + 11));
    // One loader, restored again and again, forwards and backwards, while its thread works ahead.
    try (var loader = DataLoader.of(Make.classes(N, 2, 3)).batch(10).shuffle(7).prefetch(prefetch).build()) {
      for (int k : IntStream.iterate(0, i -> (i + 17) % states.size()).limit(states.size()).toArray()) {
        loader.restore(states.get(k));
        assertEquals(states.get(k), loader.state());
        for (int i = k; i < Math.min(k + 4, states.size()); i++) {
          Batch b = loader.next();
          assertEquals(batches.get(i), b == null ? null : text(b));
          if (b == null) {
            loader.nextEpoch();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void anEpochCanBeLeftEarly(int prefetch) {
    try (var whole = builder(Make.classes(N, 1, 3), 0).build(); var loader = builder(Make.classes(N, 1, 3), prefetch).build()) {
      List<String> all = epochs(whole, 2);
      loader.next();
      loader.nextEpoch();
      assertEquals(all.get(11), text(loader.next()));
    }
  }

  @Test
  void restoreWhileABatchIsBeingFilled() throws InterruptedException {
    Dataset d = Make.classes(N, 1, 3);
    String expected;
    try (var loader = builder(d, 0).build()) {
      loader.restore(new DataLoader.State(42, 2, 4));
      expected = text(loader.next());
    }
    var filling = new CountDownLatch(1);
    int[] copied = new int[1];
    Dataset slow = new Slow(d, _ -> {
      if (copied[0]++ == 15) { // in the middle of the second batch, which nobody has asked for yet
        filling.countDown();
        pause(50_000);
      }
    });
    try (var loader = builder(slow, 3).build()) {
      loader.next();
      assertTrue(filling.await(10, TimeUnit.SECONDS));
      loader.restore(new DataLoader.State(42, 2, 4));
      assertEquals(expected, text(loader.next()));
    }
  }

  @Test
  void aBatchIsNotOverwrittenWhileItIsHeld() {
    try (var loader = builder(Make.classes(N, 3, 4), 2).build()) {
      Batch b = loader.next();
      String before = text(b);
      pause(20_000);
      assertEquals(before, text(b));
    }
  }

  @Test
  void errorOfTheDataArrivesWithItsCause() {
    var fault = new AthanorException("x.bin: damaged");
    Dataset bad = new Slow(Make.classes(N, 1, 3), index -> {
      if (index == 25) {
        throw fault;
      }
    });
    for (int prefetch : new int[] {0, 1, 3}) {
      try (var loader = DataLoader.of(bad).batch(10).prefetch(prefetch).build()) {
        loader.next();
        loader.next(); // batches before the fault arrive
        for (int again = 0; again < 2; again++) {
          var error = assertThrows(AthanorException.class, loader::next);
          assertEquals("x.bin: damaged (while loading batch 2 of epoch 0 of made)", error.getMessage());
          assertSame(fault, error.getCause());
          assertEquals(new DataLoader.State(0, 0, 2), loader.state());
        }
        loader.restore(new DataLoader.State(0, 0, 5)); // and those after it, when asked for
        assertEquals(5, loader.next().index());
      }
    }
  }

  @Test
  void anyOtherErrorArrivesToo() {
    var bug = new StackOverflowError("deep");
    Dataset bad = new Slow(Make.classes(N, 1, 3), _ -> {
      throw bug;
    });
    for (int prefetch : new int[] {0, 3}) {
      try (var loader = builder(bad, prefetch).build()) {
        var error = assertThrows(IllegalStateException.class, loader::next);
        assertEquals("loading batch 0 of epoch 0 of made failed: java.lang.StackOverflowError: deep", error.getMessage());
        assertSame(bug, error.getCause());
      }
    }
  }

  @Test
  void closeEndsTheThreadAndFreesTheMemory() throws InterruptedException {
    var entered = new CountDownLatch(1);
    Thread[] filler = new Thread[1];
    Dataset d = new Slow(Make.classes(N, 1, 3), index -> {
      filler[0] = Thread.currentThread();
      if (index == 15) {
        entered.countDown();
        pause(2000);
      }
    });
    var loader = DataLoader.of(d).batch(10).prefetch(3).build();
    Batch b = loader.next();
    assertTrue(entered.await(10, TimeUnit.SECONDS));
    loader.close(); // while a batch is being filled
    loader.close();
    assertFalse(filler[0].isAlive());
    assertTrue(filler[0].isDaemon());
    assertEquals("athanor-data-made", filler[0].getName());
    assertThrows(IllegalStateException.class, () -> b.features().get(ValueLayout.JAVA_FLOAT, 0));
    assertEquals("the data loader of made is closed", assertThrows(IllegalStateException.class, loader::next).getMessage());
    assertThrows(IllegalStateException.class, loader::nextEpoch);
    DataLoader.of(d).batch(10).prefetch(3).build().close(); // never used
  }

  @Test
  void settingsThatCannotBe() {
    Dataset d = Make.classes(150, 1, 3);
    message("made: a batch of 256 is larger than the data of 150 examples; choose a batch size of at most 150",
        () -> DataLoader.of(d).batch(256).build());
    message("made: expected a batch size of at least 1, found 0", () -> DataLoader.of(d).batch(0).build());
    message("made: expected 0 to 1000 batches to prefetch, found -5", () -> DataLoader.of(d).prefetch(-5).build());
    message("made: there are no examples to load", () -> DataLoader.of(d.subset(new int[0])).build());
    try (var loader = DataLoader.of(d).batch(50).build()) {
      message("data loader of made: cannot continue at epoch 2, batch 4: an epoch has 3 batches of 50; use the same data and "
          + "batch size as before", () -> loader.restore(new DataLoader.State(0, 2, 4)));
      loader.restore(new DataLoader.State(0, 2, 3));
      assertNull(loader.next());
    }
    try (var loader = DataLoader.of(d).batch(150).build()) {
      assertEquals(150, loader.next().count());
    }
  }

  @Test
  void noTargetsAtAll() {
    var d = ArrayDataset.values("x", Make.features(4, 2), Shape.of(2), new float[0], Shape.of(0));
    try (var loader = DataLoader.of(d).batch(3).prefetch(2).build()) {
      Batch b = loader.next();
      assertEquals(Shape.of(3, 0), b.targetShape());
      assertEquals(0, b.targets().byteSize());
    }
  }

  private static void message(String message, org.junit.jupiter.api.function.Executable run) {
    assertEquals(message, assertThrows(AthanorException.class, run).getMessage());
  }

  private static void pause(int micros) {
    if (micros > 0) {
      java.util.concurrent.locks.LockSupport.parkNanos(micros * 1000L);
    }
  }

  /** Runs something before each example is copied; not in memory, so it is prefetched by default. */
  private record Slow(Dataset base, java.util.function.IntConsumer before) implements Dataset {
    @Override
    public String name() {
      return base.name();
    }

    @Override
    public int size() {
      return base.size();
    }

    @Override
    public Shape featureShape() {
      return base.featureShape();
    }

    @Override
    public Target target() {
      return base.target();
    }

    @Override
    public void copyFeatures(int index, MemorySegment into, long offset) {
      before.accept(index);
      base.copyFeatures(index, into, offset);
    }

    @Override
    public void copyTarget(int index, MemorySegment into, long offset) {
      base.copyTarget(index, into, offset);
    }
  }
}
