package dev.athanor.cpu;

import dev.athanor.backend.ComposedOps;
import dev.athanor.backend.Workspace;

/** The fused operations the CPU does in one piece; the others are composed of the primitives. */
final class CpuFusedOps extends ComposedOps {
  private final CpuBackend backend;

  CpuFusedOps(CpuBackend backend, Workspace workspace) {
    super(backend, workspace);
    this.backend = backend;
  }
}
