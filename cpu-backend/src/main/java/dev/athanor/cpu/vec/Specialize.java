package dev.athanor.cpu.vec;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;

/**
 * Gives every operation its own copy of a loop. A loop that calls its operation through an interface is fast only as long as
 * the JIT has seen one operation there; with fifty it would box every vector. So the class holding the loop is defined once
 * per operation as a hidden class, whose operation is a constant: the JIT compiles each copy as if it had been written by
 * hand.
 */
final class Specialize {
  private static final MethodHandles.Lookup HERE = MethodHandles.lookup();

  private Specialize() {}

  /**
   * A new copy of a loop.
   *
   * @param template a class of this package with a constructor without arguments, which reads its operation with {@link
   *     #operation}
   * @param operation what the copy applies
   * @param type what to see the copy as
   */
  static <T> T loop(Class<? extends T> template, Object operation, Class<T> type) {
    String file = template.getSimpleName() + ".class";
    try (InputStream in = template.getResourceAsStream(file)) {
      if (in == null) {
        throw new IllegalStateException("cannot read " + template.getName() + " from its own module");
      }
      MethodHandles.Lookup copy = HERE.defineHiddenClassWithClassData(in.readAllBytes(), operation, true);
      return type.cast(copy.findConstructor(copy.lookupClass(), java.lang.invoke.MethodType.methodType(void.class)).invoke());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (Throwable t) {
      throw new IllegalStateException("cannot specialise " + template.getName(), t);
    }
  }

  /** The operation of the copy whose static initialiser calls this. */
  static <T> T operation(MethodHandles.Lookup copy, Class<T> type) {
    try {
      return java.util.Objects.requireNonNull(MethodHandles.classData(copy, "_", type), "the template itself is not for use");
    } catch (IllegalAccessException e) {
      throw new ExceptionInInitializerError(e);
    }
  }
}
