/** The CUDA backend: NVIDIA GPUs through JCuda, and the same backend on the PTX simulator. */
module dev.athanor.cuda {
  requires dev.athanor.core;
  requires dev.athanor.kernels;
  requires dev.athanor.ptx.simulator;
  requires jcuda;
  requires jcublas;
  requires jcudnn;

  exports dev.athanor.cuda;

  provides dev.athanor.backend.BackendProvider with
      dev.athanor.cuda.CudaProvider,
      dev.athanor.cuda.SimulatedCudaProvider;
}
