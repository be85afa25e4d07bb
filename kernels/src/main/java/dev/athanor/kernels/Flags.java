package dev.athanor.kernels;

/** The bits that kernels take in their {@code flags} and {@code mode} parameters, as the CUDA sources define them. */
public final class Flags {
  /** SGD: look-ahead gradient. */
  public static final int NESTEROV = 1;
  /** Adam: divide by the largest second moment seen, which is state 2. */
  public static final int AMSGRAD = 2;
  /** RMSprop: subtract the squared mean gradient, which is state 2. */
  public static final int CENTERED = 2;
  /** Optimizers: epsilon is added under the root. */
  public static final int EPS_INSIDE = 4;
  /** Optimizers: ascend. */
  public static final int MAXIMIZE = 8;
  /** Optimizers: weight decay shrinks the parameter instead of joining the gradient. */
  public static final int DECOUPLED = 16;

  /** Scans: from the end of the axis. */
  public static final int SCAN_REVERSE = 1;
  /** Scans: element i holds the sum of those before it. */
  public static final int SCAN_EXCLUSIVE = 2;

  /** Padding with a constant. */
  public static final int PAD_CONSTANT = 0;
  /** Padding by reflection at the edge element, which is not repeated; each padding is shorter than its axis. */
  public static final int PAD_REFLECT = 1;
  /** Padding with the edge element. */
  public static final int PAD_REPLICATE = 2;

  /** Affine sampling: -1 and 1 are the centres of the corner pixels, not their outer edges. */
  public static final int AFFINE_ALIGN_CORNERS = 1;
  /** Affine sampling: positions outside take the nearest edge pixel, else zero. */
  public static final int AFFINE_BORDER = 2;
  /** Affine sampling: the nearest pixel, else bilinear. */
  public static final int AFFINE_NEAREST = 4;

  private Flags() {}
}
