package dev.athanor.ptx.isa;

import java.util.HashMap;
import java.util.Map;

/** All operations that compute one register from others, by full name such as {@code fma.rn.f32}. */
final class Operations {
  private static final Map<String, Form> TABLE = new HashMap<>();

  static {
    IntegerOps.register(TABLE);
    BitOps.register(TABLE);
    FloatOps.register(TABLE);
    DoubleOps.register(TABLE);
    HalfOps.register(TABLE);
  }

  private Operations() {}

  /** The operation of that name, or null. */
  static Form find(String name) {
    return TABLE.get(name);
  }
}
