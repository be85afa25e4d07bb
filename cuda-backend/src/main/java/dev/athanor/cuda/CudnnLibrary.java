package dev.athanor.cuda;

import static jcuda.jcudnn.JCudnn.cudnnConvolutionBackwardData;
import static jcuda.jcudnn.JCudnn.cudnnConvolutionBackwardFilter;
import static jcuda.jcudnn.JCudnn.cudnnConvolutionForward;
import static jcuda.jcudnn.JCudnn.cudnnCreate;
import static jcuda.jcudnn.JCudnn.cudnnCreateConvolutionDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnCreateFilterDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnCreateTensorDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnDestroy;
import static jcuda.jcudnn.JCudnn.cudnnDestroyConvolutionDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnDestroyFilterDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnDestroyTensorDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize;
import static jcuda.jcudnn.JCudnn.cudnnGetConvolutionForwardWorkspaceSize;
import static jcuda.jcudnn.JCudnn.cudnnGetErrorString;
import static jcuda.jcudnn.JCudnn.cudnnGetVersion;
import static jcuda.jcudnn.JCudnn.cudnnSetConvolution2dDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnSetConvolutionGroupCount;
import static jcuda.jcudnn.JCudnn.cudnnSetConvolutionMathType;
import static jcuda.jcudnn.JCudnn.cudnnSetFilter4dDescriptor;
import static jcuda.jcudnn.JCudnn.cudnnSetStream;
import static jcuda.jcudnn.JCudnn.cudnnSetTensor4dDescriptor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.Map;
import jcuda.driver.CUstream;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgo;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgo;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgo;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import jcuda.runtime.cudaStream_t;

/**
 * cuDNN 9 through JCudnn. The descriptors of a shape are made once and kept. Of cuDNN's algorithms only those are used that sum
 * products as they are, without atomic additions: FFT and Winograd transforms lose more digits than a sum may, and algorithm 0 of
 * both gradients gives other bits each time. JCudnn's Java classes are older than its natives, so errors are worded by cuDNN.
 */
final class CudnnLibrary implements Cudnn {
  /** Working memory that an algorithm may ask for. */
  private static final long MOST_WORKSPACE = 512L << 20;
  /** Shapes whose descriptors are kept. */
  private static final int MOST_SHAPES = 1024;
  private static final int[] FORWARD = {cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_PRECOMP_GEMM,
      cudnnConvolutionFwdAlgo.CUDNN_CONVOLUTION_FWD_ALGO_IMPLICIT_GEMM};
  private static final int[] INPUT = {cudnnConvolutionBwdDataAlgo.CUDNN_CONVOLUTION_BWD_DATA_ALGO_1};
  private static final int[] FILTER = {cudnnConvolutionBwdFilterAlgo.CUDNN_CONVOLUTION_BWD_FILTER_ALGO_1};
  /** CUDNN_STATUS_NOT_SUPPORTED of cuDNN 8, and the range it has with its reasons in cuDNN 9. */
  private static final int NOT_SUPPORTED = 9;
  private static final int NOT_SUPPORTED_FROM = 3000;
  private static final int NOT_SUPPORTED_BELOW = 4000;

  private final cudnnHandle handle = new cudnnHandle();
  private final Runnable enter;
  private final Arena arena = Arena.ofShared();
  private final Address one;
  private final Address zero;
  private final Map<Convolution, Prepared> prepared = new LinkedHashMap<>(16, 0.75f, true);

  /** The descriptors of one convolution, and for each pass the algorithm and its working memory. */
  private static final class Prepared {
    final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    final boolean[] asked = new boolean[Pass.values().length];
    final int[] algorithm = new int[Pass.values().length];
    final long[] workspace = new long[Pass.values().length];

    void destroy() {
      cudnnDestroyTensorDescriptor(x);
      cudnnDestroyTensorDescriptor(y);
      cudnnDestroyFilterDescriptor(w);
      cudnnDestroyConvolutionDescriptor(convolution);
    }
  }

  /**
   * cuDNN in the current context, on this stream. It has been loaded.
   *
   * @param enter makes the context current in the calling thread
   */
  CudnnLibrary(CUstream stream, Runnable enter) {
    this.enter = enter;
    MemorySegment factors = arena.allocate(8, 4);
    factors.set(ValueLayout.JAVA_FLOAT, 0, 1);
    one = new Address(factors.address());
    zero = new Address(factors.address() + 4);
    int status = cudnnCreate(handle);
    if (status != 0) {
      throw new CudaException("cuDNN does not start (" + cudnnGetErrorString(status) + "): its files must be of one version, and "
          + "fit the driver. 'athanor doctor' says where it was loaded from; -Dathanor.cuda.cudnn=off does without it");
    }
    check(cudnnSetStream(handle, new cudaStream_t(stream)), "cudnnSetStream");
  }

  @Override
  public String description() {
    return "cuDNN " + version(cudnnGetVersion());
  }

  /** A version as cuDNN counts: 90501 is 9.5.1, 8902 was 8.9.2. */
  static String version(long v) {
    return v >= 10_000 ? v / 10_000 + "." + v % 10_000 / 100 + "." + v % 100 : v / 1000 + "." + v % 1000 / 100 + "." + v % 100;
  }

  private Prepared prepared(Convolution c) {
    Prepared p = prepared.get(c);
    if (p == null) {
      p = prepare(c);
      prepared.put(c, p);
      if (prepared.size() > MOST_SHAPES) {
        var oldest = prepared.values().iterator();
        oldest.next().destroy();
        oldest.remove();
      }
    }
    return p;
  }

  private static Prepared prepare(Convolution c) {
    Prepared p = new Prepared();
    int order = c.channelsLast() ? cudnnTensorFormat.CUDNN_TENSOR_NHWC : cudnnTensorFormat.CUDNN_TENSOR_NCHW;
    int type = cudnnDataType.CUDNN_DATA_FLOAT;
    check(cudnnCreateTensorDescriptor(p.x), "cudnnCreateTensorDescriptor");
    check(cudnnCreateTensorDescriptor(p.y), "cudnnCreateTensorDescriptor");
    check(cudnnCreateFilterDescriptor(p.w), "cudnnCreateFilterDescriptor");
    check(cudnnCreateConvolutionDescriptor(p.convolution), "cudnnCreateConvolutionDescriptor");
    check(cudnnSetTensor4dDescriptor(p.x, order, type, c.n(), c.c(), c.h(), c.w()), "cudnnSetTensor4dDescriptor");
    check(cudnnSetTensor4dDescriptor(p.y, order, type, c.n(), c.k(), c.p(), c.q()), "cudnnSetTensor4dDescriptor");
    check(cudnnSetFilter4dDescriptor(p.w, type, order, c.k(), c.c() / c.groups(), c.r(), c.s()), "cudnnSetFilter4dDescriptor");
    check(cudnnSetConvolution2dDescriptor(p.convolution, c.padH(), c.padW(), c.strideH(), c.strideW(), c.dilationH(),
        c.dilationW(), cudnnConvolutionMode.CUDNN_CROSS_CORRELATION, type), "cudnnSetConvolution2dDescriptor");
    check(cudnnSetConvolutionGroupCount(p.convolution, c.groups()), "cudnnSetConvolutionGroupCount");
    // The default lets tensor cores round float32 to TF32.
    check(cudnnSetConvolutionMathType(p.convolution,
        c.reduced() ? cudnnMathType.CUDNN_DEFAULT_MATH : cudnnMathType.CUDNN_FMA_MATH), "cudnnSetConvolutionMathType");
    return p;
  }

  @Override
  public long workspace(Pass pass, Convolution c) {
    enter.run();
    Prepared p = prepared(c);
    int at = pass.ordinal();
    if (!p.asked[at]) {
      p.asked[at] = true;
      choose(pass, p);
    }
    return p.workspace[at];
  }

  /** The first algorithm, in the written order, that the library does for this shape within the bound of working memory. */
  private void choose(Pass pass, Prepared p) {
    int at = pass.ordinal();
    p.workspace[at] = -1;
    long[] bytes = {0};
    int[] algorithms = switch (pass) {
      case FORWARD -> FORWARD;
      case INPUT_GRADIENT -> INPUT;
      case FILTER_GRADIENT -> FILTER;
    };
    for (int algorithm : algorithms) {
      int status = switch (pass) {
        case FORWARD -> cudnnGetConvolutionForwardWorkspaceSize(handle, p.x, p.w, p.convolution, p.y, algorithm, bytes);
        case INPUT_GRADIENT ->
            cudnnGetConvolutionBackwardDataWorkspaceSize(handle, p.w, p.y, p.convolution, p.x, algorithm, bytes);
        case FILTER_GRADIENT ->
            cudnnGetConvolutionBackwardFilterWorkspaceSize(handle, p.x, p.y, p.convolution, p.w, algorithm, bytes);
      };
      if (status == 0 && bytes[0] <= MOST_WORKSPACE) {
        p.algorithm[at] = algorithm;
        p.workspace[at] = bytes[0];
        return;
      }
    }
  }

  @Override
  public boolean run(Pass pass, Convolution c, long x, long w, long y, boolean add, long workspace) {
    enter.run();
    Prepared p = prepared(c);
    int at = pass.ordinal();
    Address px = new Address(x);
    Address pw = new Address(w);
    Address py = new Address(y);
    Address room = new Address(workspace);
    Address beta = add ? one : zero;
    int status = switch (pass) {
      case FORWARD -> cudnnConvolutionForward(handle, one, p.x, px, p.w, pw, p.convolution, p.algorithm[at], room,
          p.workspace[at], beta, p.y, py);
      case INPUT_GRADIENT -> cudnnConvolutionBackwardData(handle, one, p.w, pw, p.y, py, p.convolution, p.algorithm[at], room,
          p.workspace[at], beta, p.x, px);
      case FILTER_GRADIENT -> cudnnConvolutionBackwardFilter(handle, one, p.x, px, p.y, py, p.convolution, p.algorithm[at], room,
          p.workspace[at], beta, p.w, pw);
    };
    if (status == NOT_SUPPORTED || status >= NOT_SUPPORTED_FROM && status < NOT_SUPPORTED_BELOW) {
      p.workspace[at] = -1;
      return false;
    }
    check(status, "cuDNN convolution, " + pass + ", " + c);
    return true;
  }

  private static void check(int status, String what) {
    if (status != 0) {
      throw new CudaException(what + ": " + cudnnGetErrorString(status));
    }
  }

  @Override
  public void close() {
    prepared.values().forEach(Prepared::destroy);
    cudnnDestroy(handle);
    arena.close();
  }
}
