package dev.athanor.cpu.pool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkPoolTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8})
  void everyChunkRunsOnce(int threads) {
    try (WorkPool pool = new WorkPool(threads)) {
      for (int round = 0; round < 2000; round++) {
        int chunks = round % 37;
        AtomicIntegerArray runs = new AtomicIntegerArray(chunks);
        pool.parallelFor(chunks, runs::incrementAndGet);
        for (int i = 0; i < chunks; i++) {
          assertEquals(1, runs.get(i), "chunk " + i + " of " + chunks + " in round " + round);
        }
      }
    }
  }

  @Test
  void whatAChunkWroteIsVisibleToTheCaller() {
    try (WorkPool pool = new WorkPool(3)) {
      int[] plain = new int[64];
      for (int round = 1; round <= 2000; round++) {
        int value = round;
        pool.parallelFor(plain.length, i -> plain[i] = value);
        int[] expected = new int[plain.length];
        Arrays.fill(expected, round);
        assertArrayEquals(expected, plain);
      }
    }
  }

  @Test
  void workersThatSleepWakeUp() throws InterruptedException {
    try (WorkPool pool = new WorkPool(3)) {
      for (int round = 0; round < 5; round++) {
        Thread.sleep(5); // far longer than workers spin
        AtomicInteger sum = new AtomicInteger();
        pool.parallelFor(100, sum::addAndGet);
        assertEquals(4950, sum.get());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void anExceptionReachesTheCallerAndThePoolLives(int threads) {
    try (WorkPool pool = new WorkPool(threads)) {
      RuntimeException thrown = new IllegalStateException("chunk 7");
      for (int round = 0; round < 50; round++) {
        assertSame(thrown, assertThrows(RuntimeException.class, () -> pool.parallelFor(16, i -> {
          if (i == 7) {
            throw thrown;
          }
        })));
        AtomicInteger sum = new AtomicInteger();
        pool.parallelFor(10, sum::addAndGet);
        assertEquals(45, sum.get());
      }
    }
  }

  @Test
  void aJobInsideAJobRuns() {
    try (WorkPool pool = new WorkPool(3)) {
      AtomicInteger sum = new AtomicInteger();
      pool.parallelFor(8, i -> pool.parallelFor(10, j -> sum.addAndGet(j)));
      assertEquals(8 * 45, sum.get());
    }
  }

  @Test
  void severalCallersAtOnce() throws InterruptedException {
    try (WorkPool pool = new WorkPool(3)) {
      AtomicInteger wrong = new AtomicInteger();
      Thread[] callers = new Thread[4];
      for (int t = 0; t < callers.length; t++) {
        callers[t] = new Thread(() -> {
          for (int round = 0; round < 500; round++) {
            AtomicInteger sum = new AtomicInteger();
            pool.parallelFor(20, sum::addAndGet);
            if (sum.get() != 190) {
              wrong.incrementAndGet();
            }
          }
        });
        callers[t].start();
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertEquals(0, wrong.get());
    }
  }

  @Test
  void aPoolNeedsAThread() {
    assertThrows(IllegalArgumentException.class, () -> new WorkPool(0));
  }
}
