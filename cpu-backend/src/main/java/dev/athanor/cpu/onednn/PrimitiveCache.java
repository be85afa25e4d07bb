package dev.athanor.cpu.onednn;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * Compiled primitives by the whole problem they solve. Compiling takes about a millisecond, finding one some nanoseconds. Beyond
 * {@value #LIMIT} problems all are forgotten: whoever has that many shapes will not miss the old ones.
 *
 * @param <K> the problem, a record
 * @param <P> what is compiled for it
 */
final class PrimitiveCache<K, P> {
  private static final int LIMIT = 2048;
  /** Marks problems oneDNN does not solve. */
  private static final Object NONE = new Object();

  private final ConcurrentHashMap<K, Object> known = new ConcurrentHashMap<>();
  private final Function<K, P> compile;

  PrimitiveCache(Function<K, P> compile) {
    this.compile = compile;
  }

  /** The primitive for a problem, or null if oneDNN has no implementation of it. */
  @SuppressWarnings("unchecked")
  P get(K problem) {
    Object found = known.get(problem);
    if (found == null) {
      if (known.size() >= LIMIT) {
        known.clear();
      }
      found = compile(problem);
      known.put(problem, found);
    }
    return found == NONE ? null : (P) found;
  }

  private Object compile(K problem) {
    OneDnn.single();
    try {
      return compile.apply(problem);
    } catch (OneDnn.StatusException e) {
      if (e.unimplemented) {
        return NONE;
      }
      throw e;
    }
  }
}
