/**
 * The CUDA kernels of Athanor: PTX text as resources, the catalogue that says how to call each kernel, and the writer of
 * parameter blocks. No native code and no dependency: the PTX runs on a GPU or in the simulator.
 */
module dev.athanor.kernels {
  exports dev.athanor.kernels;
}
