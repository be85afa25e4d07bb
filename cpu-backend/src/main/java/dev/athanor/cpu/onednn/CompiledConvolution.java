package dev.athanor.cpu.onednn;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.athanor.cpu.mem.Scratch;
import java.lang.foreign.Arena;

/**
 * A convolution primitive and the conversions around it. Weights are converted to a layout of oneDNN's choice, images to
 * channels-last ones unless they are that already: measured, those beat its own blocked layouts, above all where channels are
 * not a multiple of 16.
 */
final class CompiledConvolution {
  private static final PrimitiveCache<ConvolutionProblem, CompiledConvolution> CACHE =
      new PrimitiveCache<>(CompiledConvolution::new);

  private final ConvolutionProblem problem;
  private final Primitive primitive;
  private final Conversion x;
  private final Conversion w;
  private final Conversion y;

  /** A conversion between a given layout and the primitive's, or nothing where they are the same. */
  private record Conversion(Primitive reorder, long bytes) {}

  /** The primitive for a problem, or null if oneDNN has none. */
  static CompiledConvolution of(ConvolutionProblem problem) {
    return CACHE.get(problem);
  }

  private CompiledConvolution(ConvolutionProblem q) {
    this.problem = q;
    // A first layer of one to four channels has kernels of its own, which want to choose.
    long x = q.x().dims()[1] <= 4 ? OneDnn.anyLayout(q.x().dims()) : q.x().channelsLast().described();
    long y = q.y().channelsLast().described();
    long w = OneDnn.anyLayout(q.w().dims());
    long b = q.bias() ? OneDnn.layout(new long[] {q.y().dims()[1]}, new long[] {1}) : 0;
    long attributes = OneDnn.attributes(1, 0, false);
    try {
      long description = describe(q, x, w, b, y, attributes);
      boolean forward = q.kind() == ConvolutionProblem.Kind.FORWARD;
      boolean input = q.kind() == ConvolutionProblem.Kind.INPUT_GRAD;
      boolean weight = q.kind() == ConvolutionProblem.Kind.WEIGHT_GRAD;
      long px = OneDnn.copyLayout(OneDnn.query(description, input ? OneDnn.QUERY_DIFF_SRC : OneDnn.QUERY_SRC));
      long pw = OneDnn.copyLayout(OneDnn.query(description, weight ? OneDnn.QUERY_DIFF_WEIGHTS : OneDnn.QUERY_WEIGHTS));
      long py = OneDnn.copyLayout(OneDnn.query(description, forward ? OneDnn.QUERY_DST : OneDnn.QUERY_DIFF_DST));
      this.x = conversion(q.x(), px, !input);
      this.w = conversion(q.w(), pw, !weight);
      this.y = conversion(q.y(), py, !forward);
      int[] kinds = {input ? OneDnn.ARG_DIFF_SRC : OneDnn.ARG_SRC, weight ? OneDnn.ARG_DIFF_WEIGHTS : OneDnn.ARG_WEIGHTS,
          forward ? OneDnn.ARG_DST : OneDnn.ARG_DIFF_DST, OneDnn.ARG_BIAS};
      if (q.bias()) {
        this.primitive = new Primitive(description, kinds, new long[] {px, pw, py, OneDnn.copyLayout(b)});
      } else {
        this.primitive = new Primitive(description, java.util.Arrays.copyOf(kinds, 3), new long[] {px, pw, py});
      }
    } finally {
      OneDnn.destroyAttributes(attributes);
      for (long layout : new long[] {x, y, w, b}) {
        OneDnn.destroyLayout(layout);
      }
    }
  }

  private static long describe(ConvolutionProblem q, long x, long w, long b, long y, long attributes) {
    try (Arena arena = Arena.ofConfined()) {
      int n = q.window().rank();
      long[] dilation = new long[n]; // oneDNN counts the elements left out
      for (int i = 0; i < n; i++) {
        dilation[i] = q.window().dilation()[i] - 1;
      }
      long strides = arena.allocateFrom(JAVA_LONG, q.window().stride()).address();
      long dilations = arena.allocateFrom(JAVA_LONG, dilation).address();
      long low = arena.allocateFrom(JAVA_LONG, q.window().padLow()).address();
      long high = arena.allocateFrom(JAVA_LONG, highPadding(q)).address();
      long forward = OneDnn.create("dnnl_convolution_forward_primitive_desc_create " + q,
          out -> (int) OneDnn.CONVOLUTION.invokeExact(out, OneDnn.ENGINE, OneDnn.TRAINING, OneDnn.CONVOLUTION_DIRECT, x, w, b, y,
              strides, dilations, low, high, attributes));
      if (q.kind() == ConvolutionProblem.Kind.FORWARD) {
        return forward;
      }
      try {
        return switch (q.kind()) {
          case FORWARD -> forward;
          case INPUT_GRAD -> OneDnn.create("dnnl_convolution_backward_data_primitive_desc_create " + q,
              out -> (int) OneDnn.CONVOLUTION_DATA.invokeExact(out, OneDnn.ENGINE, OneDnn.CONVOLUTION_DIRECT, x, w, y, strides,
                  dilations, low, high, forward, attributes));
          case WEIGHT_GRAD -> OneDnn.create("dnnl_convolution_backward_weights_primitive_desc_create " + q,
              out -> (int) OneDnn.CONVOLUTION_WEIGHTS.invokeExact(out, OneDnn.ENGINE, OneDnn.CONVOLUTION_DIRECT, x, w, 0L, y,
                  strides, dilations, low, high, forward, attributes));
        };
      } finally {
        OneDnn.destroyDescription(forward);
      }
    }
  }

  /** oneDNN wants the padding that the windows reach, not what lies beyond the last one. */
  private static long[] highPadding(ConvolutionProblem q) {
    int n = q.window().rank();
    long[] high = new long[n];
    for (int i = 0; i < n; i++) {
      long span = (q.y().dims()[i + 2] - 1) * q.window().stride()[i] + (q.window().kernel()[i] - 1) * q.window().dilation()[i]
          + 1;
      high[i] = span - q.x().dims()[i + 2] - q.window().padLow()[i];
    }
    return high;
  }

  /** Between the user's layout and the primitive's. */
  private static Conversion conversion(ConvolutionProblem.Layout given, long own, boolean in) {
    long plain = given.described();
    if (OneDnn.sameLayout(plain, own)) {
      OneDnn.destroyLayout(plain);
      return new Conversion(null, 0);
    }
    long from = in ? plain : OneDnn.copyLayout(own);
    long to = in ? OneDnn.copyLayout(own) : plain;
    long description = OneDnn.create("dnnl_reorder_primitive_desc_create",
        out -> (int) OneDnn.REORDER.invokeExact(out, from, OneDnn.ENGINE, to, OneDnn.ENGINE, 0L));
    Primitive reorder = new Primitive(description, new int[] {OneDnn.ARG_SRC, OneDnn.ARG_DST}, new long[] {from, to});
    return new Conversion(reorder, OneDnn.size(own));
  }

  /** The bytes of weights in the primitive's layout, or 0 where it takes them as they are. */
  long weightBytes() {
    return w.bytes();
  }

  /** Converts weights; only where {@link #weightBytes} is not 0. */
  void packWeights(long weights, long to) {
    w.reorder().run(weights, to, 0, 0);
  }

  /** Converts a weight gradient back; only where {@link #weightBytes} is not 0. */
  void unpackWeights(long from, long weights) {
    w.reorder().run(from, weights, 0, 0);
  }

  /**
   * Runs on one thread. {@code weights} are in the primitive's layout, images and results in the given ones.
   *
   * @param bias the address of the bias, or 0
   */
  void run(long input, long weights, long output, long bias) {
    long px = input;
    long py = output;
    if (x.reorder() != null) {
      px = Scratch.take(Scratch.SOURCE, x.bytes());
    }
    if (y.reorder() != null) {
      py = Scratch.take(Scratch.TARGET, y.bytes());
    }
    switch (problem.kind()) {
      case FORWARD -> {
        convert(x, input, px);
        primitive.run(px, weights, py, bias);
        convert(y, py, output);
      }
      case INPUT_GRAD -> {
        convert(y, output, py);
        primitive.run(px, weights, py, 0);
        convert(x, px, input);
      }
      case WEIGHT_GRAD -> {
        convert(x, input, px);
        convert(y, output, py);
        primitive.run(px, weights, py, 0);
      }
    }
  }

  private static void convert(Conversion conversion, long from, long to) {
    if (conversion.reorder() != null) {
      conversion.reorder().run(from, to, 0, 0);
    }
  }
}
