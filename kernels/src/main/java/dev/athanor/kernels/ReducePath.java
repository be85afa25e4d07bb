package dev.athanor.kernels;

/** How a reduction is spread over the grid; the name is the kernel's last part. */
public enum ReducePath {
  /** A block for each chunk of each output: long reductions. */
  ROW("row"),
  /** A warp for each output: short reductions along contiguous elements. */
  WARP("warp"),
  /** A block for each chunk of 32 outputs: where neighbouring outputs are neighbours in memory. */
  COLUMN("column");

  private final String suffix;

  ReducePath(String suffix) {
    this.suffix = suffix;
  }

  /** The last part of a kernel's name. */
  public String suffix() {
    return suffix;
  }
}
