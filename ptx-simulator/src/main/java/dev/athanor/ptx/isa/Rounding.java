package dev.athanor.ptx.isa;

import java.math.BigDecimal;

/**
 * Rounding in the four directions PTX knows, and the results that the JVM's arithmetic does not give directly.
 *
 * <p>Single precision works on exact sums: the product of two floats is exact in a double, and the error of a double addition can
 * be had exactly, so every result is known as {@code high + low} and rounded once. Double precision falls back on {@link
 * BigDecimal} for the directed modes, which are rare.
 */
enum Rounding {
  /** To nearest, ties to even. */
  RN,
  /** Toward zero. */
  RZ,
  /** Toward minus infinity. */
  RM,
  /** Toward plus infinity. */
  RP;

  /** Canonical NaN of single precision. */
  static final int NAN32 = 0x7FFFFFFF;
  /** Canonical NaN of double precision. */
  static final long NAN64 = 0x7FF8_0000_0000_0000L;

  /** The mode of a modifier ({@code rn}, {@code rz}, {@code rm}, {@code rp}), or null. */
  static Rounding of(String modifier) {
    return switch (modifier) {
      case "rn" -> RN;
      case "rz" -> RZ;
      case "rm" -> RM;
      case "rp" -> RP;
      default -> null;
    };
  }

  /**
   * Rounds {@code high + low} in a directed mode, where {@code |low|} is at most half a unit of {@code high} and only its sign
   * counts. To nearest, {@code low} must be zero.
   */
  float toFloat(double high, double low) {
    float near = (float) high;
    if (this == RN || Double.isNaN(high) || Double.isInfinite(high)) {
      return near;
    }
    double rest = Float.isInfinite(near) ? -near : high - near;
    return directed(near, rest != 0 ? rest : low);
  }

  /** Corrects a value rounded to nearest, given the sign of what it lacks. */
  private float directed(float near, double lacks) {
    boolean up = this == RP || this == RZ && near < 0;
    boolean down = this == RM || this == RZ && near > 0;
    return up && lacks > 0 ? Math.nextUp(near) : down && lacks < 0 ? Math.nextDown(near) : near;
  }

  /** {@code a + b}. */
  float add(float a, float b) {
    if (this == RN) {
      return a + b;
    }
    return sum(a, b);
  }

  /** {@code a * b}. */
  float multiply(float a, float b) {
    return this == RN ? a * b : toFloat((double) a * b, 0);
  }

  /** {@code a * b + c}, rounded once. */
  float fma(float a, float b, float c) {
    if (this == RN) {
      return Math.fma(a, b, c);
    }
    return sum((double) a * b, c);
  }

  private float sum(double a, double b) {
    double s = a + b;
    if (s == 0) {
      // an exact zero of operands with different signs is -0 only when rounding down
      return a == 0 && b == 0 && 1 / a == 1 / b ? (float) a : this == RM ? -0f : 0f;
    }
    double t = s - a;
    double error = a - (s - t) + (b - t);
    return toFloat(s, error);
  }

  /** {@code a / b}. */
  float divide(float a, float b) {
    if (this == RN) {
      return a / b;
    }
    double q = (double) a / b;
    if (Double.isNaN(q) || Double.isInfinite(q) || b == 0 || q == 0 || Float.isInfinite(b)) {
      return (float) q;
    }
    return toFloat(q, Math.fma(-q, b, (double) a) * Math.signum(b));
  }

  /** The square root. */
  float sqrt(float a) {
    double s = Math.sqrt(a);
    return this == RN || Double.isNaN(s) || Double.isInfinite(s) || s == 0 ? (float) s : toFloat(s, Math.fma(-s, s, (double) a));
  }

  /** A double to single precision. */
  float toFloat(double v) {
    return this == RN ? (float) v : toFloat(v, 0);
  }

  /** {@code a * b + c} in double precision; addition and multiplication are special cases. */
  double fma(double a, double b, double c) {
    double near = Math.fma(a, b, c);
    if (this == RN || Double.isNaN(near) || Double.isInfinite(a) || Double.isInfinite(b) || Double.isInfinite(c)) {
      return near;
    }
    BigDecimal exact = new BigDecimal(a).multiply(new BigDecimal(b)).add(new BigDecimal(c));
    if (exact.signum() == 0) {
      boolean same = a * b == 0 && c == 0 && 1 / (a * b) == 1 / c;
      return same ? c : this == RM ? -0.0 : 0.0;
    }
    return directed(near, exact);
  }

  /** {@code a + b} in double precision. */
  double add(double a, double b) {
    return this == RN ? a + b : fma(a, 1, b);
  }

  /** {@code a * b} in double precision. */
  double multiply(double a, double b) {
    double near = a * b;
    if (this == RN || Double.isNaN(near) || a == 0 || b == 0 || Double.isInfinite(a) || Double.isInfinite(b)) {
      return near;
    }
    return directed(near, new BigDecimal(a).multiply(new BigDecimal(b)));
  }

  /** {@code a / b} in double precision. */
  double divide(double a, double b) {
    double near = a / b;
    if (this == RN || Double.isNaN(near) || a == 0 || b == 0 || Double.isInfinite(a) || Double.isInfinite(b)) {
      return near;
    }
    // near * b against a tells which side of the quotient near lies on
    int side = Double.isInfinite(near) ? (near > 0 ? -1 : 1)
        : new BigDecimal(a).subtract(new BigDecimal(near).multiply(new BigDecimal(b))).signum() * (b > 0 ? 1 : -1);
    return directed(near, side);
  }

  /** The square root in double precision. */
  double sqrt(double a) {
    double near = Math.sqrt(a);
    if (this == RN || Double.isNaN(near) || Double.isInfinite(near) || near == 0) {
      return near;
    }
    return directed(near, new BigDecimal(a).subtract(new BigDecimal(near).pow(2)).signum());
  }

  /** The nearest double to a long, rounded in this direction. */
  double toDouble(long v, boolean signed) {
    BigDecimal exact = signed || v >= 0 ? BigDecimal.valueOf(v) : new BigDecimal(Long.toUnsignedString(v));
    double near = exact.doubleValue();
    return this == RN || exact.signum() == 0 ? near : directed(near, exact);
  }

  /** The nearest float to a long, rounded in this direction. */
  float toFloat(long v, boolean signed) {
    if (this == RN && (signed || v >= 0)) {
      return (float) v;
    }
    BigDecimal exact = signed || v >= 0 ? BigDecimal.valueOf(v) : new BigDecimal(Long.toUnsignedString(v));
    float near = exact.floatValue();
    return this == RN || exact.signum() == 0 ? near : directed(near, (double) exact.subtract(new BigDecimal(near)).signum());
  }

  private double directed(double near, BigDecimal exact) {
    int side = Double.isInfinite(near) ? (near > 0 ? -1 : 1) : exact.subtract(new BigDecimal(near)).signum();
    if (near == 0 && side != 0) {  // BigDecimal has no sign of zero
      return directed(side < 0 ? -0.0 : 0.0, side);
    }
    return directed(near, side);
  }

  private double directed(double near, int lacks) {
    boolean up = this == RP || this == RZ && near < 0;
    boolean down = this == RM || this == RZ && near > 0;
    return up && lacks > 0 ? Math.nextUp(near) : down && lacks < 0 ? Math.nextDown(near) : near;
  }

  /** Rounds to an integer in this direction. */
  double toInteger(double v) {
    return switch (this) {
      case RN -> Math.rint(v);
      case RZ -> v < 0 ? Math.ceil(v) : Math.floor(v);
      case RM -> Math.floor(v);
      case RP -> Math.ceil(v);
    };
  }
}
