package dev.athanor.cpu.vec;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** What a float32 loop can be specialised for. The vectors {@code p} and {@code q} hold an operation's scalar parameters. */
final class FloatLoops {
  private FloatLoops() {}

  /** y = f(x). */
  @FunctionalInterface
  interface Unary {
    FloatVector apply(FloatVector x, FloatVector p, FloatVector q);
  }

  /** A property of x. */
  @FunctionalInterface
  interface Test {
    VectorMask<Float> apply(FloatVector x);
  }

  /** dx from x, y (only one of the two is valid) and dy. */
  @FunctionalInterface
  interface Grad {
    FloatVector apply(FloatVector x, FloatVector y, FloatVector dy, FloatVector p, FloatVector q);
  }

  /** z = f(x, y). */
  @FunctionalInterface
  interface Binary {
    FloatVector apply(FloatVector x, FloatVector y);
  }

  /** A relation of x and y. */
  @FunctionalInterface
  interface Compare {
    VectorMask<Float> apply(FloatVector x, FloatVector y);
  }
}
