package dev.athanor.kernels;

/** How kernels that work on whole rows (softmax, normalisation, cross-entropy) are spread over the grid. */
public enum RowPath {
  /** A warp a row. */
  WARP("warp", 8),
  /** A block of 256 threads a row. */
  BLOCK("block", 1),
  /** A block for 32 neighbouring rows whose elements are not neighbours; the work is counted in such tiles. */
  COLUMN("column", 1);

  /** The longest row that one warp takes: it stays in the L1 cache between the passes. */
  private static final long WARP_LIMIT = 1024;

  private final String suffix;
  private final int rowsPerBlock;

  RowPath(String suffix, int rowsPerBlock) {
    this.suffix = suffix;
    this.rowsPerBlock = rowsPerBlock;
  }

  /** The last part of a kernel's name. */
  public String suffix() {
    return suffix;
  }

  /** The launch of such a kernel. */
  Launch launch() {
    return Launch.rows(256, rowsPerBlock);
  }

  /**
   * The path for rows of {@code n} elements that lie {@code inner} apart: softmax along the middle axis of {@code [outer, n,
   * inner]}.
   */
  public static RowPath of(long n, long inner) {
    return inner > 1 ? COLUMN : of(n);
  }

  /** The path for rows of {@code n} elements in kernels without a column path. */
  public static RowPath of(long n) {
    return n <= WARP_LIMIT ? WARP : BLOCK;
  }

  /** The work of a launch over {@code [outer, n, inner]}: rows, or tiles of 32 rows. */
  public long work(long outer, long inner) {
    return this == COLUMN ? outer * ((inner + 31) / 32) : outer * inner;
  }
}
