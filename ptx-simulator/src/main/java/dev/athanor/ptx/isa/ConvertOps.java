package dev.athanor.ptx.isa;

import dev.athanor.ptx.OpClass;
import dev.athanor.ptx.parse.Type;
import java.util.List;
import java.util.Set;

/**
 * The conversions {@code cvt}: a value is read from the source register by its type, rounded, saturated if asked, and written
 * with the width of the destination register (sign- or zero-extended if that is wider than the destination type).
 */
final class ConvertOps {
  private static final OpClass C = OpClass.CONVERT;
  private static final Set<String> INTEGER_ROUNDING = Set.of("rni", "rzi", "rmi", "rpi");

  private ConvertOps() {}

  /**
   * The form of a conversion.
   *
   * @param opcode   the opcode split at its dots
   * @param wideTo   whether the destination register has 64 bits
   * @param wideFrom whether the source register has 64 bits
   * @return null if there is no such conversion
   */
  static Form find(List<String> opcode, boolean wideTo, boolean wideFrom) {
    Type to = null;
    Type from = null;
    Rounding rounding = null;
    boolean toInteger = false;
    boolean ftz = false;
    boolean sat = false;
    boolean relu = false;
    for (String m : opcode.subList(1, opcode.size())) {
      if (Type.of(m) != null) {
        if (to == null) {
          to = Type.of(m);
        } else {
          from = Type.of(m);
        }
      } else if (INTEGER_ROUNDING.contains(m)) {
        toInteger = true;
        rounding = Rounding.of(m.substring(0, 2));
      } else if (Rounding.of(m) != null || m.equals("rna")) {
        rounding = m.equals("rna") ? Rounding.RN : Rounding.of(m);
      } else if (m.equals("ftz")) {
        ftz = true;
      } else if (m.equals("sat")) {
        sat = true;
      } else if (m.equals("relu")) {
        relu = true;
      } else {
        return null;
      }
    }
    if (to == null || from == null) {
      return null;
    }
    if (to == Type.TF32) {
      return new Form.ByLane(C, new int[] {4, 4}, (a, b, c) -> tf32((int) a));
    }
    if (to == Type.F16X2 || to == Type.BF16X2) {
      return pair(to == Type.BF16X2, rounding, relu, sat);
    }
    Form fast = ftz || sat || relu ? null : frequent(String.join(".", opcode.subList(1, opcode.size())), wideTo, wideFrom);
    return fast != null ? fast : general(to, from, rounding, toInteger, ftz, sat, relu, wideTo, wideFrom);
  }

  /** The conversions most kernels live on, as loops. */
  private static Form frequent(String name, boolean wideTo, boolean wideFrom) {
    if (wideTo && !wideFrom) {
      return switch (name) {
        case "s64.s32" -> new Form.Widen(C, 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i]; });
        case "u64.u32" -> new Form.Widen(C, 1, (d, a, b, c) -> { for (int i = 0; i < 32; i++) d[i] = a[i] & 0xFFFFFFFFL; });
        case "f64.f32" -> new Form.Widen(C, 1, (d, a, b, c) -> {
          for (int i = 0; i < 32; i++) d[i] = Double.doubleToRawLongBits(Float.intBitsToFloat(a[i]));
        });
        default -> null;
      };
    }
    if (!wideTo && wideFrom) {
      return switch (name) {
        case "u32.u64", "s32.s64", "u32.s64", "s32.u64" ->
            new Form.Narrow(C, (d, a) -> { for (int i = 0; i < 32; i++) d[i] = (int) a[i]; });
        case "rn.f32.f64" -> new Form.Narrow(C, (d, a) -> {
          for (int i = 0; i < 32; i++) d[i] = Float.floatToRawIntBits((float) Double.longBitsToDouble(a[i]));
        });
        default -> null;
      };
    }
    return name.equals("rn.f32.s32") && !wideTo ? new Form.All32(C, 1, (d, a, b, c) -> {
      for (int i = 0; i < 32; i++) d[i] = Float.floatToRawIntBits(a[i]);
    }) : null;
  }

  private static Form general(Type to, Type from, Rounding given, boolean toInteger, boolean ftz, boolean sat, boolean relu,
      boolean wideTo, boolean wideFrom) {
    int[] widths = {wideTo ? 8 : 4, wideFrom ? 8 : 4};
    boolean floatTo = to.kind() == Type.Kind.FLOAT;
    boolean floatFrom = from.kind() == Type.Kind.FLOAT;
    Rounding r = given == null ? floatFrom && !floatTo ? Rounding.RZ : Rounding.RN : given;
    Form.Lane lane;
    if (floatFrom && floatTo) {
      lane = (a, b, c) -> {
        double v = value(from, a, ftz);
        double x = toInteger ? r.toInteger(v) : v;
        x = sat ? Double.isNaN(x) ? 0 : Math.clamp(x, 0.0, 1.0) + 0.0 : x;
        return bits(to, relu ? Math.max(x, 0) : x, r, ftz);
      };
    } else if (floatFrom) {
      lane = (a, b, c) -> integer(to, r.toInteger(value(from, a, ftz)), from);
    } else if (floatTo) {
      lane = (a, b, c) -> {
        long v = extend(from, a);
        boolean signed = from.kind() == Type.Kind.SIGNED;
        if (sat) {
          return bits(to, v == 0 || signed && v < 0 ? 0 : 1, r, false);
        }
        return switch (to) {
          case F32 -> Float.floatToRawIntBits(r.toFloat(v, signed));
          case F64 -> Double.doubleToRawLongBits(r.toDouble(v, signed));
          default -> HalfOps.round(to == Type.BF16, r.toDouble(v, signed), r);
        };
      };
    } else {
      lane = (a, b, c) -> extend(to, sat ? saturate(to, extend(from, a), from) : extend(from, a));
    }
    return new Form.ByLane(C, widths, lane);
  }

  /** The low bits of a register as a value of an integer type. */
  static long extend(Type type, long v) {
    int unused = 64 - 8 * type.bytes();
    return type.kind() == Type.Kind.SIGNED ? v << unused >> unused : v << unused >>> unused;
  }

  /** The value of floating-point bits. */
  static double value(Type type, long bits, boolean ftz) {
    return switch (type) {
      case F64 -> Double.longBitsToDouble(bits);
      case F32, TF32 -> Float.intBitsToFloat(ftz ? FloatOps.flush((int) bits) : (int) bits);
      default -> HalfOps.toFloat(type == Type.BF16, (int) bits);
    };
  }

  private static long bits(Type type, double v, Rounding r, boolean ftz) {
    if (type == Type.F64) {
      return Double.doubleToRawLongBits(v);
    }
    if (type == Type.F32) {
      int f = v != v ? Rounding.NAN32 : Float.floatToRawIntBits(r.toFloat(v));
      return ftz ? FloatOps.flush(f) : f;
    }
    return HalfOps.round(type == Type.BF16, v, r);
  }

  /**
   * Float to integer clamps to the range of the type. NaN becomes 0, or the top bit alone if
   * either type has 64 bits.
   */
  private static long integer(Type to, double v, Type from) {
    if (v != v) {
      return from == Type.F64 || to.bytes() == 8 ? 1L << 8 * to.bytes() - 1 : 0;
    }
    if (to.kind() == Type.Kind.SIGNED) {
      long limit = to.bytes() == 8 ? Long.MAX_VALUE : (1L << 8 * to.bytes() - 1) - 1;
      return Math.clamp((long) v, -limit - 1, limit);
    }
    if (v <= 0) {
      return 0;
    }
    if (to.bytes() == 8) {
      return v >= 0x1p64 ? -1 : v >= 0x1p63 ? (long) (v - 0x1p63) + Long.MIN_VALUE : (long) v;
    }
    return (long) Math.min(v, (1L << 8 * to.bytes()) - 1);
  }

  private static long saturate(Type to, long v, Type from) {
    boolean big = from == Type.U64 && v < 0;
    if (to.kind() == Type.Kind.SIGNED) {
      long limit = to.bytes() == 8 ? Long.MAX_VALUE : (1L << 8 * to.bytes() - 1) - 1;
      return big ? limit : Math.clamp(v, -limit - 1, limit);
    }
    if (to.bytes() == 8) {
      return from.kind() == Type.Kind.SIGNED ? Math.max(v, 0) : v;
    }
    long limit = (1L << 8 * to.bytes()) - 1;
    return big ? limit : Math.clamp(v, 0, limit);
  }

  /** Two floats to a pair of halves; the first operand becomes the upper half. */
  private static Form pair(boolean bf, Rounding given, boolean relu, boolean sat) {
    Rounding r = given == null ? Rounding.RN : given;
    return new Form.ByLane(C, new int[] {4, 4, 4}, (a, b, c) -> half(bf, a, r, relu, sat) << 16 | half(bf, b, r, relu, sat));
  }

  private static long half(boolean bf, long bits, Rounding r, boolean relu, boolean sat) {
    double v = Float.intBitsToFloat((int) bits);
    v = relu ? v != v ? v : Math.max(v, 0) : v;
    return HalfOps.round(bf, sat ? FloatOps.saturate((float) v) : v, r);
  }

  /** To the 10 fraction bits of tf32, to nearest, ties away from zero. */
  private static long tf32(int bits) {
    boolean finite = (bits & 0x7F800000) != 0x7F800000;
    return finite ? bits + 0x1000 & 0xFFFFE000L : bits & 0xFFFFFFFFL;
  }

  /** {@code cvt.pack}: two saturated integers packed above the low bits of the third operand. */
  static Form pack(Type to, Type from, boolean third) {
    int n = 8 * to.bytes();
    long field = (1L << n) - 1;
    return new Form.ByLane(C, third ? new int[] {4, 4, 4, 4} : new int[] {4, 4, 4}, (a, b, c) -> {
      long packed = (saturate(to, extend(from, a), from) & field) << n | saturate(to, extend(from, b), from) & field;
      return third ? c << 2 * n | packed : packed;
    });
  }
}
