/** The CPU backend: Vector API kernels, oneDNN through java.lang.foreign where it exists, pure Java elsewhere. */
module dev.athanor.cpu {
  requires dev.athanor.core;
  requires jdk.incubator.vector;

  exports dev.athanor.cpu;

  provides dev.athanor.backend.BackendProvider with dev.athanor.cpu.CpuBackendProvider;
}
