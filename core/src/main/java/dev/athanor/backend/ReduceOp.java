package dev.athanor.backend;

/** Reductions over axes. The order of additions is fixed by the shape and the layout, never by the number of threads. */
public enum ReduceOp {
  /** The sum; 0 over nothing. */ SUM,
  /** The arithmetic mean; NaN over nothing; float only. */ MEAN,
  /** The product; 1 over nothing. */ PROD,
  /** The largest; NaN if any is; never called over nothing. */ MAX,
  /** The smallest; NaN if any is; never called over nothing. */ MIN,
  /** Whether any is true; bool only; false over nothing. */ ANY,
  /** Whether all are true; bool only; true over nothing. */ ALL
}
