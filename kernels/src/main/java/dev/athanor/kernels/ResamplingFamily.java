package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.struct;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code resampling_nearest_T}, {@code resampling_bilinear_T}, their {@code _grad_}, and {@code resampling_affine_T}; the unit of
 * work is an element of the output, or of the input for gradients.
 */
final class ResamplingFamily implements KernelFamily {
  @Override
  public String name() {
    return "resampling";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    Parameter grid = struct("grid", SamplingGrid.BYTES);
    Parameter shape = struct("shape", WindowShape.BYTES);
    Launch launch = Launch.elementwise(1);
    for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64)) {
      int bytes = 2 * t.bytes();
      for (String kind : List.of("nearest_", "bilinear_")) {
        kernels.add(Kernel.of(name(), "resampling_" + kind + t.suffix(), launch, bytes,
            pointer("x"), pointer("y"), int64("work"), grid, shape));
        kernels.add(Kernel.of(name(), "resampling_" + kind + "grad_" + t.suffix(), launch, bytes,
            pointer("dy"), pointer("dx"), int64("work"), grid, shape));
      }
      kernels.add(Kernel.of(name(), "resampling_affine_" + t.suffix(), launch, bytes,
          pointer("x"), pointer("theta"), pointer("y"), int64("work"), int32("flags"), shape));
    }
    return kernels;
  }
}
