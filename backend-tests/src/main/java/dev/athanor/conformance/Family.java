package dev.athanor.conformance;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;

/** The tests of one family of operations. Each test has a title that says family, operation, type and layout. */
abstract class Family {
  static final List<DType> FLOATS = List.of(DType.FLOAT32, DType.FLOAT64);
  static final List<DType> NUMBERS = List.of(DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64);

  /** Sizes around vector widths and block sizes, empty axes, many axes. */
  static final List<Shape> SHAPES = List.of(Shape.SCALAR, Shape.of(0), Shape.of(1), Shape.of(31), Shape.of(33), Shape.of(1023),
      Shape.of(3, 0, 2), Shape.of(5, 7), Shape.of(2, 3, 4, 5), Shape.of(2, 1, 2, 3, 1, 2, 2, 2));

  /** Enough elements for any backend to split the work, in sizes that divide by nothing. */
  static final List<Shape> LARGE = List.of(Shape.of(100_003), Shape.of(257, 515), Shape.of(11, 67, 131));

  final TestDevice device;
  private final String name;
  private final List<DynamicNode> tests = new ArrayList<>();

  Family(TestDevice device, String name) {
    this.device = device;
    this.name = name;
  }

  /** What a test does with its trial. */
  interface Body {
    void run(Trial trial) throws Exception;
  }

  /** Adds one test; the parts of its title are separated by blanks. */
  final void test(String title, Body body) {
    String full = name + ": " + title;
    tests.add(DynamicTest.dynamicTest(full, () -> attempt(full, body)));
  }

  /** Adds one test that runs its body once for each shape. */
  final void testShapes(String title, List<Shape> shapes, ShapeBody body) {
    String full = name + ": " + title;
    tests.add(DynamicTest.dynamicTest(full, () -> {
      for (Shape shape : shapes) {
        attempt(full + " " + shape, trial -> body.run(trial, shape));
      }
    }));
  }

  /** What a test does for one shape. */
  interface ShapeBody {
    void run(Trial trial, Shape shape) throws Exception;
  }

  private void attempt(String title, Body body) throws Exception {
    try (Trial trial = new Trial(device, title)) {
      body.run(trial);
    } catch (RuntimeException e) {
      throw new AssertionError(title + ": " + e, e);
    } catch (AssertionError e) {
      String message = e.getMessage();
      throw message.startsWith(title) ? e : new AssertionError(title + ": " + message, e);
    }
  }

  /** Fills the list by {@link #test}. */
  abstract void define();

  final Stream<DynamicNode> tests() {
    define();
    return tests.stream();
  }
}
