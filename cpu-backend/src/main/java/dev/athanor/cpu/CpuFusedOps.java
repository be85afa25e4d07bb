package dev.athanor.cpu;

import dev.athanor.backend.ComposedOps;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.backend.Window;
import dev.athanor.backend.Workspace;
import dev.athanor.cpu.linalg.Gemm;
import dev.athanor.cpu.mem.CpuBuffer;
import dev.athanor.cpu.onednn.Convolutions;
import dev.athanor.cpu.vec.Kernels;
import dev.athanor.cpu.vec.RowKernel;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.View;

/** The fused operations the CPU does in one piece; the others are composed of the primitives. */
final class CpuFusedOps extends ComposedOps {
  private final CpuBackend backend;
  private final Convolutions convolutions;

  CpuFusedOps(CpuBackend backend, Workspace workspace) {
    super(backend, workspace);
    this.backend = backend;
    this.convolutions = backend.usesLibrary() ? new Convolutions(backend.pool()) : null;
  }

  /** One product; the activation is applied to each tile while it is in the cache. */
  @Override
  public void linear(View x, View w, View bias, Unary activation, View out) {
    if (out.dtype() != DType.FLOAT32 || out.size() == 0 || x.dim(1) == 0 || !Gemm.rowsOf(out) || bias != null && !bias.isContiguous()) {
      super.linear(x, w, bias, activation, out);
      return;
    }
    boolean relu = activation != null && activation.op() == UnaryOp.RELU;
    Gemm.Finish finish = null;
    if (activation != null && !relu) {
      RowKernel kernel = Kernels.unary(activation.op(), DType.FLOAT32);
      finish = (address, rows, columns, pitch) -> {
        for (long i = 0; i < rows; i++) {
          long row = address + i * pitch;
          kernel.run(row, 1, 0, 0, 0, 0, row, (int) columns, activation.a(), activation.b());
        }
      };
    }
    backend.products().linear(x, w.swap(0, 1), bias == null ? 0 : CpuBuffer.of(bias), relu, out, finish);
  }

  @Override
  public void convolution(View x, View w, View bias, Window window, View y) {
    boolean library = convolutions != null && Convolutions.takes(x, w, y) && (bias == null || bias.isContiguous());
    if (!library || !convolutions.forward(x, w, bias, window, y)) {
      super.convolution(x, w, bias, window, y);
    }
  }

  @Override
  public void convolutionInputGrad(View dy, View w, Window window, View dx) {
    if (convolutions == null || !Convolutions.takes(dx, w, dy) || !convolutions.inputGrad(dy, w, window, dx)) {
      super.convolutionInputGrad(dy, w, window, dx);
    }
  }

  @Override
  public void convolutionWeightGrad(View x, View dy, Window window, double beta, View dw) {
    if (convolutions == null || !Convolutions.takes(x, dw, dy) || !convolutions.weightGrad(x, dy, window, beta, dw)) {
      super.convolutionWeightGrad(x, dy, window, beta, dw);
    }
  }
}
