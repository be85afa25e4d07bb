package dev.athanor.cuda;

import dev.athanor.backend.MatmulPrecision;
import dev.athanor.backend.Window;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/**
 * Convolutions by cuDNN: float32, one or two spatial axes, the same padding on both sides, not depthwise (for that there are
 * kernels). Images are given in the order in which the result lies in memory, channels first or last; where cuDNN does not do
 * channels last, they are copied. Every method answers whether cuDNN did it; where not, nothing was written.
 */
final class CudnnConvolution {
  private final CudaBackend backend;
  private final CudaStream stream;
  private final Cudnn library;

  /** Without a library, every method answers no. */
  CudnnConvolution(CudaBackend backend) {
    this.backend = backend;
    this.stream = backend.stream();
    this.library = stream.cudnn();
  }

  boolean forward(View x, View w, Window window, View y, Temporaries t) {
    return takes(x, y, window) && run(Cudnn.Pass.FORWARD, x, w, y, window, false, y, t);
  }

  boolean inputGrad(View dy, View w, Window window, View dx, Temporaries t) {
    return takes(dx, dy, window) && run(Cudnn.Pass.INPUT_GRADIENT, dx, w, dy, window, false, dx, t);
  }

  /** With beta = 0 or 1. */
  boolean weightGrad(View x, View dy, Window window, double beta, View dw, Temporaries t) {
    return takes(x, dy, window) && (beta == 0 || beta == 1)
        && run(Cudnn.Pass.FILTER_GRADIENT, x, dw, dy, window, beta == 1, x, t);
  }

  private boolean takes(View x, View y, Window window) {
    if (library == null || x.dtype() != DType.FLOAT32 || window.rank() > 2 || x.size() > Integer.MAX_VALUE
        || y.size() > Integer.MAX_VALUE || FusedConvolution.depthwise(window, x)) {
      return false;
    }
    for (int i = 0; i < window.rank(); i++) {
      if (window.padLow()[i] != window.padHigh()[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean run(Cudnn.Pass pass, View x, View w, View y, Window window, boolean add, View leader, Temporaries t) {
    boolean last = Layered.channelsLastInMemory(leader);
    Cudnn.Convolution c = describe(last, x, y, window);
    long bytes = library.workspace(pass, c);
    if (bytes < 0 && last) {
      last = false;
      c = describe(false, x, y, window);
      bytes = library.workspace(pass, c);
    }
    if (bytes < 0) {
      return false;
    }
    View px = ordered(x, last);
    View pw = ordered(w, last);
    View py = ordered(y, last);
    View target = switch (pass) {
      case FORWARD -> py;
      case INPUT_GRADIENT -> px;
      case FILTER_GRADIENT -> pw;
    };
    View out = t.output(target);
    if (add && out != target) {
      backend.copy(target, out);
    }
    long from = CudaBuffer.address(target == px ? out : t.contiguous(px));
    long filter = CudaBuffer.address(target == pw ? out : t.contiguous(pw));
    long to = CudaBuffer.address(target == py ? out : t.contiguous(py));
    long room = bytes == 0 ? 0 : CudaBuffer.address(t.bytes(bytes));
    if (!stream.convolve(pass, c, from, filter, to, add, room)) {
      return false;
    }
    t.store(out, target);
    return true;
  }

  /** The view with its axes in the order of memory. */
  private static View ordered(View v, boolean last) {
    return last ? Layered.channelsLast(v) : v;
  }

  private Cudnn.Convolution describe(boolean last, View x, View y, Window g) {
    int v = g.rank() - 1; // the last axis of both windows; the one before it has size 1 where there is none
    boolean flat = g.rank() == 1;
    return new Cudnn.Convolution(last, backend.matmulPrecision() != MatmulPrecision.HIGHEST, (int) x.dim(0), (int) x.dim(1),
        flat ? 1 : (int) x.dim(2), (int) x.dim(v + 2), (int) y.dim(1), flat ? 1 : (int) y.dim(2), (int) y.dim(v + 2),
        flat ? 1 : (int) g.kernel()[0], (int) g.kernel()[v], flat ? 0 : (int) g.padLow()[0], (int) g.padLow()[v],
        flat ? 1 : (int) g.stride()[0], (int) g.stride()[v], flat ? 1 : (int) g.dilation()[0], (int) g.dilation()[v],
        g.groups());
  }
}
