package dev.athanor.backend;

/**
 * How exactly a device multiplies float32 matrices, in matrix products and in convolutions. Inputs, results and the sums in
 * between stay float32; what may change is how many bits of each factor take part. Other types than float32 are never changed.
 */
public enum MatmulPrecision {
  /** All 24 bits of both factors: the default. */
  HIGHEST(24),
  /** Factors cut to 11 bits, the range of float32 kept (NVIDIA's TensorFloat-32). A relative error of about 1e-3 per term. */
  TF32(11),
  /** Factors cut to 8 bits, the range of float32 kept (bfloat16). A relative error of about 1e-2 per term. */
  BF16(8);

  private final int bits;

  MatmulPrecision(int bits) {
    this.bits = bits;
  }

  /** Bits of a factor's significand that take part, the leading 1 included. */
  public int bits() {
    return bits;
  }

  /** The number rounded to {@link #bits} bits, to nearest with ties to even. */
  public float round(float x) {
    int drop = HIGHEST.bits - bits;
    if (drop == 0 || !Float.isFinite(x)) {
      return x;
    }
    int raw = Float.floatToRawIntBits(x);
    int half = (1 << drop - 1) - 1 + (raw >>> drop & 1);
    return Float.intBitsToFloat(raw + half & -(1 << drop));
  }
}
