package dev.athanor.ptx;

/**
 * Extent of a grid (in blocks) or of a block (in threads).
 *
 * @param x the fastest varying extent, at least 1
 * @param y at least 1
 * @param z at least 1
 */
public record Dim3(int x, int y, int z) {
  /** Checks that every extent is at least 1. */
  public Dim3 {
    if (x < 1 || y < 1 || z < 1) {
      throw new IllegalArgumentException("extent (" + x + ", " + y + ", " + z + "): each must be at least 1");
    }
  }

  /** A one-dimensional extent. */
  public static Dim3 of(int x) {
    return new Dim3(x, 1, 1);
  }

  /** A two-dimensional extent. */
  public static Dim3 of(int x, int y) {
    return new Dim3(x, y, 1);
  }

  /** Product of the extents. */
  public long count() {
    return (long) x * y * z;
  }

  @Override
  public String toString() {
    return "(" + x + ", " + y + ", " + z + ")";
  }
}
