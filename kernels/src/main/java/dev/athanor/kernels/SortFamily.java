package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.divisor;
import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code sort_tile_T} (the unit of work is a tile of 1024 elements) and {@code sort_merge_T} (an element); bytes are per element.
 */
final class SortFamily implements KernelFamily {
  @Override
  public String name() {
    return "sort";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64, ElementType.INT32, ElementType.INT64)) {
      kernels.add(Kernel.of(name(), "sort_tile_" + t.suffix(), Launch.rows(256, 1), 2 * t.bytes() + 8,
          pointer("in"), pointer("values"), pointer("indices"), int64("tasks"), int64("n"), int32("width"), int64("keep"),
          int32("descending"), divisor("tiles")));
      kernels.add(Kernel.of(name(), "sort_merge_" + t.suffix(), Launch.elementwise(1), 2 * t.bytes() + 16,
          pointer("in"), pointer("inIndices"), pointer("out"), pointer("outIndices"), int64("elements"), int64("run"),
          int32("descending"), divisor("row"), divisor("pair")));
    }
    return kernels;
  }
}
