package dev.athanor.backend;

/**
 * The counter-based random number generator Philox 4x32-10 and the distributions drawn from it, as plain scalar code. This class
 * is the definition: every backend yields these bits, whatever its vector width, thread count or hardware.
 *
 * <p>A generator's state is {@code (seed, stream, offset)}, three 64-bit integers. The key is the seed (low word first), the counter
 * words are {@code (offset + block)} (low, high) and {@code stream} (low, high). A block is four 32-bit words. A fill of {@code n}
 * elements of 32 bits takes element {@code i} from word {@code i % 4} of block {@code i / 4}; one of 64-bit elements takes
 * element {@code i} from words {@code 2 * (i % 2)} (high half) and {@code 2 * (i % 2) + 1} (low half) of block {@code i / 2}.
 *
 * <p>Only IEEE-754 multiplication, addition, division, square root and fused multiply-add are used, each correctly rounded,
 * in the order written, so that any conforming machine produces the same bits.
 *
 * <p>Source: J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011. Normal deviates: G. Box and M. Muller,
 * 1958; the polynomial for the logarithm and those for sine and cosine are the Cephes library's (S. Moshier) in float32, and
 * truncated series in float64.
 */
public final class Philox {
  private static final int M0 = 0xD2511F53;
  private static final int M1 = 0xCD9E8D57;
  private static final int W0 = 0x9E3779B9;
  private static final int W1 = 0xBB67AE85;

  private Philox() {}

  /**
   * Writes the four words of one block.
   *
   * @param seed the key
   * @param stream counter words 2 and 3
   * @param block counter words 0 and 1: the generator's offset plus the block's index
   * @param out receives four words at index 0
   */
  public static void block(long seed, long stream, long block, int[] out) {
    int k0 = (int) seed;
    int k1 = (int) (seed >>> 32);
    int c0 = (int) block;
    int c1 = (int) (block >>> 32);
    int c2 = (int) stream;
    int c3 = (int) (stream >>> 32);
    for (int round = 0; round < 10; round++) {
      long p0 = (M0 & 0xFFFFFFFFL) * (c0 & 0xFFFFFFFFL);
      long p1 = (M1 & 0xFFFFFFFFL) * (c2 & 0xFFFFFFFFL);
      c0 = (int) (p1 >>> 32) ^ c1 ^ k0;
      c2 = (int) (p0 >>> 32) ^ c3 ^ k1;
      c1 = (int) p1;
      c3 = (int) p0;
      k0 += W0;
      k1 += W1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
  }

  /** Uniform in [0, 1) on a grid of 2⁻²⁴. */
  public static float uniform(int word) {
    return (word >>> 8) * 0x1p-24f;
  }

  /** Uniform in [0, 1) on a grid of 2⁻⁵³. */
  public static double uniform(int high, int low) {
    return (((long) high << 32 | low & 0xFFFFFFFFL) >>> 11) * 0x1p-53;
  }

  /**
   * One standard normal deviate in float32 by Box and Muller: words {@code 2j} and {@code 2j + 1} of a block give elements {@code 2j}
   * ({@code r cos}) and {@code 2j + 1} ({@code r sin}). {@code |z| ≤ 6.67}.
   *
   * @param word0 the even word, which gives the radius
   * @param word1 the odd word, which gives the angle
   * @param odd whether the odd element of the pair is wanted
   */
  public static float normal(int word0, int word1, boolean odd) {
    float u = (float) ((word0 & 0xFFFFFFFFL) + 1L) * 0x1p-32f; // (0, 1]
    float r = (float) Math.sqrt(-2f * log(u));
    float t = (word1 >>> 8) * 0x1p-22f; // the angle in quarter turns, [0, 4), exact
    return r * cosQuarterTurns(t, odd);
  }

  /**
   * One standard normal deviate in float64: block {@code b} gives elements {@code 2b} ({@code r cos}) and {@code 2b + 1} ({@code r sin}).
   * The radius comes from words 0 (high) and 1 (low), the angle from words 2 and 3. {@code |z| ≤ 8.58}.
   */
  public static double normal(int word0, int word1, int word2, int word3, boolean odd) {
    double u = uniform(word0, word1) + 0x1p-53; // (0, 1], exact
    double r = Math.sqrt(-2.0 * log(u));
    double t = uniform(word2, word3) * 4.0; // quarter turns, exact
    return r * cosQuarterTurns(t, odd);
  }

  /** ln(x) for normal positive float32 x. */
  static float log(float x) {
    int bits = Float.floatToRawIntBits(x);
    int e = (bits - 0x3F3504F3 >> 23); // x = m * 2^e with m in about [sqrt(1/2), sqrt(2))
    float m = Float.intBitsToFloat(bits - (e << 23));
    float f = m - 1f;
    float z = f * f;
    float p = 7.0376836292e-2f;
    p = Math.fma(p, f, -1.1514610310e-1f);
    p = Math.fma(p, f, 1.1676998740e-1f);
    p = Math.fma(p, f, -1.2420140846e-1f);
    p = Math.fma(p, f, 1.4249322787e-1f);
    p = Math.fma(p, f, -1.6668057665e-1f);
    p = Math.fma(p, f, 2.0000714765e-1f);
    p = Math.fma(p, f, -2.4999993993e-1f);
    p = Math.fma(p, f, 3.3333331174e-1f);
    float y = p * f * z;
    y = Math.fma((float) e, -2.12194440e-4f, y);
    y = Math.fma(z, -0.5f, y);
    return Math.fma((float) e, 0.693359375f, f + y);
  }

  /** cos(t * pi / 2), or sin(t * pi / 2) if odd, for t in [0, 4]. */
  static float cosQuarterTurns(float t, boolean odd) {
    int q = (int) (t + 0.5f);
    float x = (t - q) * 1.57079632679f; // |x| <= pi/4
    float z = x * x;
    boolean useSine = (q & 1) != 0 != odd;
    float v;
    if (useSine) {
      float p = -1.9515295891e-4f;
      p = Math.fma(p, z, 8.3321608736e-3f);
      p = Math.fma(p, z, -1.6666654611e-1f);
      v = Math.fma(p * z, x, x);
    } else {
      float p = 2.443315711809948e-5f;
      p = Math.fma(p, z, -1.388731625493765e-3f);
      p = Math.fma(p, z, 4.166664568298827e-2f);
      v = Math.fma(p * z, z, Math.fma(z, -0.5f, 1f));
    }
    return negate(q, odd) ? -v : v;
  }

  /** ln(x) for normal positive float64 x: 2 artanh(s) with s = (m - 1)/(m + 1). */
  static double log(double x) {
    long bits = Double.doubleToRawLongBits(x);
    int e = (int) (bits - 0x3FE6A09E667F3BCDL >> 52);
    double m = Double.longBitsToDouble(bits - ((long) e << 52));
    double s = (m - 1.0) / (m + 1.0); // |s| <= 0.1716
    double z = s * s;
    double p = 1.0 / 23;
    for (int k = 21; k >= 3; k -= 2) {
      p = Math.fma(p, z, 1.0 / k);
    }
    double y = Math.fma(p * z, s, s);
    return Math.fma((double) e, 0.6931471805599453, 2.0 * y);
  }

  /** cos(t * pi / 2), or sin(t * pi / 2) if odd, for t in [0, 4]. */
  static double cosQuarterTurns(double t, boolean odd) {
    int q = (int) (t + 0.5);
    double x = (t - q) * 1.5707963267948966; // |x| <= pi/4
    double z = x * x;
    boolean useSine = (q & 1) != 0 != odd;
    // Taylor series, Horner form: each step divides by (k)(k - 1).
    double v = 1.0;
    for (int k = useSine ? 17 : 18; k >= 2; k -= 2) {
      v = Math.fma(v * z, -1.0 / (k * (k - 1)), 1.0);
    }
    if (useSine) {
      v *= x;
    }
    return negate(q, odd) ? -v : v;
  }

  /** Sign of the quarter-turn reduction: cos is negative for q = 1 (sine part), 2; sin for q = 2, 3. */
  private static boolean negate(int q, boolean odd) {
    int quarter = odd ? q & 3 : q + 1 & 3;
    return quarter >= 2;
  }
}
