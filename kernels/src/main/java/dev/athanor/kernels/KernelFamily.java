package dev.athanor.kernels;

import java.util.List;

/**
 * The kernels of one CUDA source. A family lists its kernels by deriving their names from the operations and element types
 * it is built for; a test holds the list against the PTX.
 */
interface KernelFamily {

  /** The name of the source without {@code .cu}, and of the PTX resource without {@code .ptx}. */
  String name();

  /** Every kernel of the family. */
  List<Kernel> kernels();
}
