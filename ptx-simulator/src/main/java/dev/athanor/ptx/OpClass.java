package dev.athanor.ptx;

/** Classes of instructions that a {@link LaunchReport} counts apart. */
public enum OpClass {
  /** Integer arithmetic, logic and shifts. */
  INTEGER,
  /** Single-precision (and half-precision) arithmetic. */
  FLOAT32,
  /** Double-precision arithmetic. */
  FLOAT64,
  /** Approximations of transcendental functions, reciprocal and square root. */
  SPECIAL_FUNCTION,
  /** Conversions between types. */
  CONVERT,
  /** Moves, selections and predicate logic. */
  MOVE,
  /** Comparisons. */
  COMPARE,
  /** Branches, calls and exits. */
  CONTROL,
  /** Loads and stores of global and constant memory. */
  GLOBAL_MEMORY,
  /** Loads and stores of shared memory. */
  SHARED_MEMORY,
  /** Loads and stores of local memory and parameters. */
  LOCAL_MEMORY,
  /** Atomics and reductions on memory. */
  ATOMIC,
  /** Barriers, fences, shuffles, votes. */
  SYNCHRONIZATION,
  /** Matrix multiply-accumulate. */
  MATRIX
}
