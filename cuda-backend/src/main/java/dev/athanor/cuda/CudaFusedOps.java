package dev.athanor.cuda;

import dev.athanor.backend.ComposedOps;
import dev.athanor.backend.Workspace;

/** Fused operations. */
final class CudaFusedOps extends ComposedOps {
  CudaFusedOps(CudaBackend backend, Workspace workspace) {
    super(backend, workspace);
  }
}
