package dev.athanor.ptx.isa;

import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The names seen at a place in a function, from the innermost braces outwards. */
final class Scope {
  /** What a name stands for. */
  sealed interface Binding {}

  /** A register. */
  record Reg(int number, Type type) implements Binding {}

  /** A variable at a known offset of a space ({@code SHARED}, {@code LOCAL}, {@code PARAM}). */
  record Placed(Space space, long offset, Ast.Variable variable) implements Binding {
    /** Whether it is a parameter of a device function: those lie in local memory. */
    boolean functionParameter() {
      return space == Space.LOCAL && variable.space() == Space.PARAM;
    }
  }

  /** A variable of the module, placed when the module is loaded to a device. */
  record Module(Ast.Variable variable) implements Binding {}

  /** A jump table. */
  record Table(List<String> labels) implements Binding {}

  /** Registers declared by prefix and count, numbered in a row. */
  private record Range(Type type, int first, int count) {}

  private final Scope outer;
  private final Map<String, Binding> names = new HashMap<>();
  private final Map<String, Range> ranges = new HashMap<>();
  private final Map<String, Integer> labels = new HashMap<>();

  Scope(Scope outer) {
    this.outer = outer;
  }

  Scope outer() {
    return outer;
  }

  void declare(String name, Binding b) {
    names.put(name, b);
  }

  void declareRange(String prefix, Type type, int first, int count) {
    ranges.put(prefix, new Range(type, first, count));
  }

  void label(String name, int index) {
    labels.put(name, index);
  }

  /** Index of the instruction after a label, or -1. */
  int target(String name) {
    for (Scope s = this; s != null; s = s.outer) {
      Integer at = s.labels.get(name);
      if (at != null) {
        return at;
      }
    }
    return -1;
  }

  /** What a name stands for, or null. */
  Binding find(String name) {
    int digits = name.length();
    while (digits > 0 && Character.isDigit(name.charAt(digits - 1))) {
      digits--;
    }
    for (Scope s = this; s != null; s = s.outer) {
      Binding b = s.names.get(name);
      if (b != null) {
        return b;
      }
      if (digits < name.length() && name.length() - digits < 9) {
        Range r = s.ranges.get(name.substring(0, digits));
        int i = Integer.parseInt(name.substring(digits));
        if (r != null && i < r.count) {
          return new Reg(r.first + i, r.type);
        }
      }
    }
    return null;
  }
}
