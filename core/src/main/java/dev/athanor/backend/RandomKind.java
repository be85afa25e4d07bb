package dev.athanor.backend;

/** The distributions a backend draws; each is defined to the bit by {@link Philox}. */
public enum RandomKind {
  /** Uniform in [0, 1), float32 or float64. */ UNIFORM,
  /** Standard normal, float32 or float64. */ NORMAL,
  /** 32 random bits, int32. */ BITS;

  /** How many blocks of the generator a fill of {@code n} elements of {@code bytes} bytes uses up. */
  public static long blocks(long n, int bytes) {
    int perBlock = bytes == 8 ? 2 : 4;
    return (n + perBlock - 1) / perBlock;
  }
}
