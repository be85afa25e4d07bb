package dev.athanor.cuda;

/**
 * The convolutions of cuDNN: {@link CudnnLibrary} is NVIDIA's, {@link SimulatedCudnn} computes the same by plain loops. Calls are
 * in order with all others of the stream. Which algorithm a shape gets is settled when it is first asked for and follows from the
 * shape and the library alone; none of them adds atomically: the same bits every time.
 */
interface Cudnn extends AutoCloseable {
  /** What is computed from what: y from x and w, x from y and w, w from x and y. */
  enum Pass {
    FORWARD("convolution"), INPUT_GRADIENT("convolution, input gradient"), FILTER_GRADIENT("convolution, filter gradient");

    private final String operation;

    Pass(String operation) {
      this.operation = operation;
    }

    /** What messages call it. */
    String operation() {
      return operation;
    }
  }

  /** cuDNN's name and version. */
  String description();

  /** Bytes of working memory that a pass wants, or -1 if the library does not do it in this layout. */
  long workspace(Pass pass, Convolution convolution);

  /**
   * Runs a pass. Float32, dense in the order that the convolution says; filters in the same.
   *
   * @param add whether the result is added to what is there, else it is only written
   * @param workspace memory of {@link #workspace} bytes
   * @return false if the library refuses: nothing was written then, and {@link #workspace} says -1 from now on
   */
  boolean run(Pass pass, Convolution convolution, long x, long w, long y, boolean add, long workspace);

  @Override
  void close();

  /**
   * A convolution of images {@code x[N, C, H, W]} with {@code w[K, C/G, R, S]} to {@code y[N, K, P, Q]}.
   *
   * @param channelsLast whether memory holds {@code [N, H, W, C]}, filters {@code [K, R, S, C/G]}
   * @param reduced whether factors may be rounded to TF32
   * @param n images
   * @param c channels of x
   * @param k channels of y
   */
  record Convolution(boolean channelsLast, boolean reduced, int n, int c, int h, int w, int k, int p, int q, int r, int s,
      int padH, int padW, int strideH, int strideW, int dilationH, int dilationW, int groups) {

    int filterElements() {
      return k * (c / groups) * r * s;
    }
  }
}
