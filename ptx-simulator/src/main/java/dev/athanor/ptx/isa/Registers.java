package dev.athanor.ptx.isa;

import dev.athanor.ptx.PtxException;
import dev.athanor.ptx.machine.DeviceMemory;
import dev.athanor.ptx.parse.Ast;
import dev.athanor.ptx.parse.Space;
import dev.athanor.ptx.parse.Type;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The registers of a kernel under decoding. Constants, special registers and addresses of variables are registers too, filled
 * before the kernel runs, so that every operand is one.
 */
final class Registers {
  private byte[] widths = new byte[64];
  private int count;
  private final Map<Long, Integer> narrow = new HashMap<>();
  private final Map<Long, Integer> wide = new HashMap<>();
  private final Map<Boolean, Integer> predicates = new HashMap<>();
  private final Map<String, Integer> addresses = new HashMap<>();
  private final Map<Integer, Integer> dynamic = new HashMap<>();
  private final Map<Integer, Integer> sinks = new HashMap<>();

  final Map<Integer, Long> constants = new LinkedHashMap<>();
  final Map<Special, Integer> specials = new EnumMap<>(Special.class);
  final Map<Integer, Ast.Variable> symbols = new LinkedHashMap<>();

  /** A new register: 4 or 8 bytes, or 0 for a predicate. */
  int add(int width) {
    if (count == widths.length) {
      widths = Arrays.copyOf(widths, count * 2);
    }
    widths[count] = (byte) width;
    return count++;
  }

  /** Width of a register of a type. */
  static int width(Type type) {
    return type == Type.PRED ? 0 : type.wide() ? 8 : 4;
  }

  int width(int register) {
    return widths[register];
  }

  byte[] widths() {
    return Arrays.copyOf(widths, count);
  }

  /** A register that holds a constant. */
  int constant(long value, int width) {
    long v = width == 4 ? (int) value : value;
    return (width == 4 ? narrow : wide).computeIfAbsent(v, _ -> {
      int r = add(width);
      constants.put(r, v);
      return r;
    });
  }

  /** A predicate that is always true or always false. */
  int predicate(boolean value) {
    return predicates.computeIfAbsent(value, _ -> {
      int r = add(0);
      constants.put(r, value ? 1L : 0L);
      return r;
    });
  }

  /** A register that will hold where dynamic shared memory begins. */
  int dynamicShared(int width) {
    return dynamic.computeIfAbsent(width, this::add);
  }

  /** Says where dynamic shared memory begins, when all static variables are placed. */
  void placeDynamic(long begin) {
    dynamic.values().forEach(r -> constants.put(r, begin));
  }

  /** A register that holds the place of a variable in its space. */
  int place(Scope.Placed p, int width) {
    if (p.space() == Space.SHARED && p.variable().bytes() == 0) {
      return dynamicShared(width);
    }
    return constant(p.offset(), width);
  }

  /** A register for results nobody wants. */
  int sink(int width) {
    return sinks.computeIfAbsent(width, this::add);
  }

  /** The register an operand is read from. */
  int source(Scope scope, Ast.Operand o, int width, Type type, int line) {
    return switch (o) {
      case Ast.Int i -> constant(number(i.value(), type), width);
      case Ast.Float f -> constant(bits(f, width, type), width);
      case Ast.Name n -> named(scope, n.name(), width, line);
      default -> throw new PtxException(line, "an operand of this form is not possible here: " + o);
    };
  }

  private static long number(long v, Type type) {
    return type == Type.F32 ? Float.floatToRawIntBits(v) : type == Type.F64 ? Double.doubleToRawLongBits(v) : v;
  }

  private static long bits(Ast.Float f, int width, Type type) {
    if (width == 4) {
      return f.single() ? f.bits() : Float.floatToRawIntBits((float) f.value());
    }
    return f.single() && type != Type.F64 ? f.bits() : Double.doubleToRawLongBits(f.value());
  }

  private int named(Scope scope, String name, int width, int line) {
    Scope.Binding b = scope.find(name);
    return switch (b) {
      case Scope.Reg r -> checked(r.number(), width, name, line);
      case Scope.Placed p when p.functionParameter() -> constant(DeviceMemory.LOCAL_WINDOW + p.offset(), width);
      case Scope.Placed p -> place(p, width);
      case Scope.Module m -> address(m.variable(), line, width);
      case Scope.Table _ -> throw new PtxException(line, "a jump table is not an operand: " + name);
      case null -> {
        Special s = Special.of(name);
        if (s == null) {
          throw new PtxException(line, "'" + name + "' is not declared");
        }
        int r = specials.computeIfAbsent(s, _ -> add(4));
        yield checked(r, width, name, line);
      }
    };
  }

  private int address(Ast.Variable v, int line, int width) {
    if (width != 8) {
      throw new PtxException(line, "the address of " + v.name() + " needs a 64-bit register");
    }
    return addresses.computeIfAbsent(v.name(), _ -> {
      int r = add(8);
      symbols.put(r, v);
      return r;
    });
  }

  private int checked(int register, int width, String name, int line) {
    if (widths[register] != width) {
      throw new PtxException(line, name + " has " + describe(widths[register]) + ", the instruction wants " + describe(width));
    }
    return register;
  }

  private static String describe(int width) {
    return width == 0 ? "a predicate" : 8 * width + " bits";
  }

  /** The register a result goes to; {@code _} drops it. */
  int target(Scope scope, Ast.Operand o, int width, int line) {
    if (o instanceof Ast.Name n) {
      return n.name().equals("_") ? sink(width) : checked(register(scope, n.name(), line).number(), width, n.name(), line);
    }
    throw new PtxException(line, "a register was expected as destination, not " + o);
  }

  /** The declared register of that name. */
  Scope.Reg register(Scope scope, String name, int line) {
    if (scope.find(name) instanceof Scope.Reg r) {
      return r;
    }
    throw new PtxException(line, "'" + name + "' is not a declared register");
  }

  /** Width of the register an operand names, or the given width for anything else. */
  int widthOf(Scope scope, Ast.Operand o, int otherwise) {
    return o instanceof Ast.Name n && scope.find(n.name()) instanceof Scope.Reg r ? widths[r.number()]
        : o instanceof Ast.Name n && Special.of(n.name()) != null ? 4 : otherwise;
  }
}
