package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.Philox;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Tensors from nothing, from Java, and at random. */
final class CreationTests extends TensorFamily {
  CreationTests(Device device) {
    super(device);
  }

  @Override
  void define() {
    test("from arrays and back", () -> {
      assertArrayEquals(new float[] {1, 2, 3, 4}, device.tensor(new float[] {1, 2, 3, 4}, 2, 2).toFloats());
      assertArrayEquals(new int[] {1, 3, 2, 4}, device.tensor(new int[] {1, 2, 3, 4}, 2, 2).transpose().toInts());
      assertArrayEquals(new long[] {Long.MIN_VALUE}, device.tensor(new long[] {Long.MIN_VALUE}).toLongs());
      assertArrayEquals(new long[] {1, 0}, device.tensor(new boolean[] {true, false}).toLongs());
      assertArrayEquals(new boolean[] {true, false}, device.tensor(new boolean[] {true, false}).toBooleans());
      assertEquals(Shape.of(0), device.tensor(new float[0]).shape());
      assertEquals(Shape.of(3), device.tensor(new float[3]).shape());
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment s = arena.allocateFrom(ValueLayout.JAVA_DOUBLE, 1.5, 2.5);
        expect(device.tensor(s, DType.FLOAT64, Shape.of(2, 1)), dims(2, 1), 1.5, 2.5);
      }
    });
    test("a source array may be changed afterwards", () -> {
      double[] source = {1, 2};
      Tensor x = device.tensor(source);
      source[0] = 9;
      expect(x, dims(2), 1, 2);
    });
    test("item", () -> {
      assertEquals(2.5, v(1, 2.5).select(0, 1).item());
      assertEquals((1L << 53) + 1, device.tensor(new long[] {(1L << 53) + 1}).itemLong());
      assertEquals(1, device.tensor(new boolean[] {true}).itemLong());
      assertEquals(-3, device.tensor(new int[] {-3}).item());
      assertEquals(7, v(7).expand(1, 1).item());
    });
    test("full, zeros, ones, scalar, eye", () -> {
      expect(device.full(DType.FLOAT64, Shape.of(2), 0.1), dims(2), 0.1, 0.1);
      expect(device.zeros(2, 1), dims(2, 1), 0, 0);
      expect(device.ones(DType.INT32, Shape.of(2)), dims(2), 1, 1);
      expect(device.scalar(DType.FLOAT32, 2), dims(), 2);
      expectBooleans(device.full(DType.BOOL, Shape.of(2), 3), true, true);
      expect(device.full(DType.BFLOAT16, Shape.of(2), 1.5), dims(2), 1.5, 1.5);
      expect(device.eye(DType.FLOAT64, 3), dims(3, 3), 1, 0, 0, 0, 1, 0, 0, 0, 1);
      expect(device.eye(DType.INT64, 0), dims(0, 0));
    });
    test("arange and linspace as NumPy's", () -> {
      expectLongs(device.arange(DType.INT64, 4), dims(4), 0, 1, 2, 3);
      expectLongs(device.arange(DType.INT32, 5, -2, -3), dims(3), 5, 2, -1);
      expect(device.arange(DType.FLOAT64, 0, 1, 0.25), dims(4), 0, 0.25, 0.5, 0.75);
      expect(device.arange(DType.FLOAT64, 1, 0, 0.25), dims(0));
      expect(device.arange(DType.FLOAT32, 0, 0.3, 0.1), dims(3), 0, 0.1f, 0.2f);
      expect(device.linspace(DType.FLOAT64, 0, 1, 5), dims(5), 0, 0.25, 0.5, 0.75, 1);
      expect(device.linspace(DType.FLOAT64, 3, -3, 2), dims(2), 3, -3);
      expect(device.linspace(DType.FLOAT64, 3, 4, 1), dims(1), 3);
      expect(device.linspace(DType.FLOAT32, 3, 4, 0), dims(0));
      double[] tenths = device.linspace(DType.FLOAT64, 0, 0.7, 8).toDoubles();
      assertEquals(0.7, tenths[7]);
    });
    bits();
    state();
    distributions();
  }

  private void bits() {
    plain("uniform numbers are Philox's, to the bit", () -> {
      Generator g = device.generator(0x123456789ABCDEFL);
      float[] u = g.uniform(DType.FLOAT32, Shape.of(3, 3)).toFloats();
      int[] words = new int[4];
      for (int i = 0; i < 9; i++) {
        Philox.block(0x123456789ABCDEFL, 0, i / 4, words);
        assertEquals(Philox.uniform(words[i % 4]), u[i]);
      }
      double[] d = g.uniform(DType.FLOAT64, Shape.of(3)).toDoubles();
      for (int i = 0; i < 3; i++) {
        Philox.block(0x123456789ABCDEFL, 0, 3 + i / 2, words);
        assertEquals(Philox.uniform(words[2 * (i % 2)], words[2 * (i % 2) + 1]), d[i]);
      }
      float[] z = g.normal(DType.FLOAT32, Shape.of(2)).toFloats();
      Philox.block(0x123456789ABCDEFL, 0, 5, words);
      assertEquals(Philox.normal(words[0], words[1], false), z[0]);
      assertEquals(Philox.normal(words[0], words[1], true), z[1]);
      assertEquals(6, g.state().offset());
      g.close();
    });
  }

  private void state() {
    plain("same seed, same numbers; another seed or stream, others", () -> {
      Shape shape = Shape.of(100);
      double[] a = device.generator(1).normal(DType.FLOAT64, shape).toDoubles();
      assertArrayEquals(a, device.generator(1).normal(DType.FLOAT64, shape).toDoubles());
      assertNotEquals(a[0], device.generator(2).normal(DType.FLOAT64, shape).toDoubles()[0]);
      Generator parent = device.generator(1);
      Generator first = parent.split();
      Generator second = parent.split();
      double[] b = first.normal(DType.FLOAT64, shape).toDoubles();
      double[] c = second.normal(DType.FLOAT64, shape).toDoubles();
      assertTrue(a[0] != b[0] && b[0] != c[0] && a[0] != c[0]);
    });
    plain("a state is restored exactly, also for what is split off later", () -> {
      Generator g = device.generator(5);
      g.uniform(DType.FLOAT32, Shape.of(7));
      g.split();
      Generator.State state = g.state();
      double[] next = g.uniform(DType.FLOAT64, Shape.of(5)).toDoubles();
      Generator.State child = g.split().state();
      Generator other = device.generator(99);
      other.restore(state);
      assertEquals(state, other.state());
      assertArrayEquals(next, other.uniform(DType.FLOAT64, Shape.of(5)).toDoubles());
      assertEquals(child, other.split().state());
    });
  }

  private void distributions() {
    plain("distributions have their moments", () -> {
      Generator g = device.generator(42);
      int n = 20_000;
      for (DType type : new DType[] {DType.FLOAT32, DType.FLOAT64}) {
        double[] u = g.uniform(type, Shape.of(n)).toDoubles();
        moments(u, 0.5, 1 / 12.0);
        assertTrue(Arrays.stream(u).allMatch(x -> x >= 0 && x < 1));
        double[] wide = g.uniform(type, Shape.of(n), -3, 5).toDoubles();
        moments(wide, 1, 64 / 12.0);
        assertTrue(Arrays.stream(wide).allMatch(x -> x >= -3 && x < 5));
        moments(g.normal(type, Shape.of(n)).toDoubles(), 0, 1);
        moments(g.normal(type, Shape.of(n), 3, 0.5).toDoubles(), 3, 0.25);
      }
      double heads = g.bernoulli(Shape.of(n), 0.3).cast(DType.FLOAT64).mean().item();
      assertEquals(0.3, heads, 5 * Math.sqrt(0.21 / n));
      assertTrue(!g.bernoulli(Shape.of(n), 0).any().toBooleans()[0]);
      assertTrue(g.bernoulli(Shape.of(n), 1).all().toBooleans()[0]);
      g.close();
    });
    plain("uniform numbers never reach the upper bound", () -> {
      Generator g = device.generator(1);
      // Between 2^24 and 2^24 + 2 lies no float32: rounding alone would give the bound half of the time.
      double low = 1 << 24;
      Tensor x = g.uniform(DType.FLOAT32, Shape.of(100), low, low + 2);
      assertEquals(low, x.max().item());
      g.close();
    });
    plain("a permutation holds every number once", () -> {
      Generator g = device.generator(7);
      long[] p = g.permutation(1000).toLongs();
      long[] sorted = p.clone();
      Arrays.sort(sorted);
      for (int i = 0; i < p.length; i++) {
        assertEquals(i, sorted[i]);
      }
      int fixed = 0;
      for (int i = 0; i < p.length; i++) {
        fixed += p[i] == i ? 1 : 0;
      }
      assertTrue(fixed < 10, "a random permutation has one fixed point on average");
      assertEquals(0, g.permutation(0).size());
      g.close();
    });
  }

  /** Mean and variance within five standard errors. */
  private static void moments(double[] x, double mean, double variance) {
    double m = Arrays.stream(x).average().orElse(0);
    double v = Arrays.stream(x).map(a -> (a - m) * (a - m)).average().orElse(0);
    assertEquals(mean, m, 5 * Math.sqrt(variance / x.length));
    assertEquals(variance, v, 5 * variance * Math.sqrt(2.0 / x.length));
  }
}
