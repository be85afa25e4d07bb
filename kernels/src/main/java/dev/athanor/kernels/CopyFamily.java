package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.divisor;
import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.struct;

import java.util.ArrayList;
import java.util.List;

/**
 * Moves of elements by size, {@code copy_bN} (strided), {@code copy_fill_bN}, {@code copy_transpose_bN} (the unit of work is a
 * tile of 32 x 32), {@code copy_pad_bN}, {@code copy_triangle_bN} and {@code copy_triangle_mask}; else the unit of work is an
 * element.
 */
final class CopyFamily implements KernelFamily {
  @Override
  public String name() {
    return "copy";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (int bytes : new int[] {1, 2, 4, 8, 16}) {
      String size = "b" + 8 * bytes;
      kernels.add(Kernel.of(name(), "copy_" + size, Launch.elementwise(4), 2 * bytes,
          pointer("in"), pointer("out"), int64("n"), layout("layout", 2)));
      if (bytes == 16) {
        continue;
      }
      kernels.add(Kernel.of(name(), "copy_fill_" + size, Launch.elementwise(1), bytes,
          pointer("out"), int64("n"), int64("bits"), layout("layout", 1)));
      kernels.add(Kernel.of(name(), "copy_transpose_" + size, Launch.rows(256, 1), 2 * 32 * 32 * bytes,
          pointer("in"), pointer("out"), int64("tiles"), int64("rows"), int64("cols"), int64("inBatch"), int64("inRow"),
          int64("outBatch"), int64("outRow"), divisor("perMatrix"), divisor("perRow")));
      kernels.add(Kernel.of(name(), "copy_pad_" + size, Launch.elementwise(1), 2 * bytes,
          pointer("in"), pointer("out"), int64("n"), int64("bits"), struct("shape", PadShape.BYTES)));
      kernels.add(Kernel.of(name(), "copy_triangle_" + size, Launch.elementwise(1), 2 * bytes,
          pointer("in"), pointer("out"), int64("n"), int64("diagonal"), int32("upper"), divisor("rows"), divisor("cols")));
    }
    kernels.add(Kernel.of(name(), "copy_triangle_mask", Launch.elementwise(1), 1,
        pointer("out"), int64("n"), int64("diagonal"), int32("upper"), divisor("rows"), divisor("cols")));
    return kernels;
  }
}
