package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.divisor;
import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;

import java.util.ArrayList;
import java.util.List;

/**
 * Cumulative sums: {@code scan_rows_T} (the unit of work is a row or chunk), {@code scan_add_T} (an element) and
 * {@code scan_columns_T} (a column); the bytes are per element.
 */
final class ScanFamily implements KernelFamily {
  @Override
  public String name() {
    return "scan";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64, ElementType.INT32, ElementType.INT64)) {
      kernels.add(Kernel.of(name(), "scan_rows_" + t.suffix(), Launch.rows(256, 1), 2 * t.bytes(),
          pointer("in"), pointer("out"), pointer("totals"), int64("tasks"), int64("n"), int64("chunk"), int32("flags"),
          divisor("chunks")));
      kernels.add(Kernel.of(name(), "scan_add_" + t.suffix(), Launch.elementwise(1), 2 * t.bytes(),
          pointer("out"), pointer("before"), int64("elements"), int64("chunks"), int32("flags"), divisor("n"),
          divisor("chunkSize")));
      kernels.add(Kernel.of(name(), "scan_columns_" + t.suffix(), Launch.elementwise(1), 2 * t.bytes(),
          pointer("in"), pointer("out"), int64("columns"), int64("length"), int64("inStride"), int64("outStride"),
          int32("flags"), layout("layout", 2)));
    }
    return kernels;
  }
}
