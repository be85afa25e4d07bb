package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.function.Executable;

/** The tests of one subject. */
abstract class TensorFamily {
  final Device device;
  private final List<DynamicNode> tests = new ArrayList<>();

  TensorFamily(Device device) {
    this.device = device;
  }

  /** What a test does. */
  interface Body {
    void run() throws Exception;
  }

  /** A test whose body runs in a scope of its own, twice: the second time must leave no more memory in use than the first did. */
  final void test(String title, Body body) {
    tests.add(DynamicTest.dynamicTest(title, () -> {
      inScope(body);
      long before = device.memory().live();
      inScope(body);
      long after = device.memory().live();
      assertTrue(after <= before, () -> title + ": " + (after - before) + " bytes were still in use after the scope closed");
    }));
  }

  /** A test that looks after scopes and memory itself. */
  final void plain(String title, Body body) {
    tests.add(DynamicTest.dynamicTest(title, body::run));
  }

  /** A test in a scope of its own, where gradients that belong to their leaves may remain. */
  final void once(String title, Body body) {
    tests.add(DynamicTest.dynamicTest(title, () -> inScope(body)));
  }

  private void inScope(Body body) throws Exception {
    try (Scope _ = device.scope()) {
      body.run();
    }
  }

  /** Calls {@link #test}, {@link #once} and {@link #plain}. */
  abstract void define();

  final Stream<DynamicNode> tests() {
    define();
    return tests.stream();
  }

  // ---- making operands

  /** A float64 tensor. */
  final Tensor t(long[] dims, double... values) {
    return device.tensor(values, dims).reshape(Shape.of(dims));
  }

  /** A float64 vector. */
  final Tensor v(double... values) {
    return device.tensor(values);
  }

  /** Distinct numbers in no order, between −1.9 and 1.9, none near a whole or half one; each seed others. */
  final Tensor some(long seed, long... dims) {
    int n = Math.toIntExact(Shape.of(dims).size());
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = someNumber(seed, i);
    }
    return device.tensor(values).reshape(Shape.of(dims));
  }

  static double someNumber(long seed, int i) {
    long z = (seed * 1_000_003 + i + 1) * 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    double u = (z >>> 11) * 0x1p-53; // [0, 1)
    int cell = (int) Math.floorMod(z, 8L) - 4; // one of eight cells of width ½
    return cell * 0.5 + 0.08 + u * 0.34;
  }

  /** Positive numbers between 0.1 and 1.9. */
  final Tensor positive(long seed, long... dims) {
    return some(seed, dims).abs();
  }

  /** 0, 1, 2, … in float64. */
  final Tensor count(long... dims) {
    return device.arange(DType.FLOAT64, Shape.of(dims).size()).reshape(Shape.of(dims));
  }

  static long[] dims(long... dims) {
    return dims;
  }

  // ---- looking at results

  /** Shape and elements are exactly these. */
  static void expect(Tensor actual, long[] dims, double... values) {
    near(0, actual, dims, values);
  }

  /** Shape is this, and elements are these within a relative tolerance. */
  static void near(double tolerance, Tensor actual, long[] dims, double... values) {
    assertEquals(Shape.of(dims), actual.shape(), "shape");
    double[] found = actual.toDoubles();
    assertEquals(values.length, found.length, "number of elements");
    for (int i = 0; i < values.length; i++) {
      boolean same = Double.compare(values[i] + 0.0, found[i] + 0.0) == 0
          || Math.abs(values[i] - found[i]) <= tolerance * Math.max(1, Math.abs(values[i]));
      int at = i;
      assertTrue(same, () -> "element " + at + ": expected " + values[at] + ", found " + found[at] + "; all: "
          + Arrays.toString(found));
    }
  }

  static void expectBooleans(Tensor actual, boolean... values) {
    assertEquals(DType.BOOL, actual.dtype());
    assertArrayEquals(values, actual.toBooleans());
  }

  static void expectLongs(Tensor actual, long[] dims, long... values) {
    assertEquals(Shape.of(dims), actual.shape(), "shape");
    assertArrayEquals(values, actual.toLongs());
  }

  /** The call fails with a message that contains all the parts. */
  static void fails(Executable call, String... parts) {
    AthanorException e = assertThrows(AthanorException.class, call);
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), () -> "the message should say '" + part + "': " + e.getMessage());
    }
  }
}
