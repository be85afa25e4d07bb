package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.divisor;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.layout;
import static dev.athanor.kernels.Parameter.pointer;
import static dev.athanor.kernels.Parameter.scalar;

import java.util.ArrayList;
import java.util.List;

/**
 * {@code indexing_gather_bN_I}, {@code indexing_scatter_T_I} (the unit of work is a column), {@code indexing_scatter_sorted_T}
 * (an element of the source) and {@code indexing_one_hot_T_I}, with I the index's type.
 */
final class IndexingFamily implements KernelFamily {
  private static final List<ElementType> INDICES = List.of(ElementType.INT32, ElementType.INT64);
  private static final List<ElementType> FLOATS = List.of(ElementType.FLOAT32, ElementType.FLOAT64);

  @Override
  public String name() {
    return "indexing";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType index : INDICES) {
      for (int bytes : new int[] {1, 2, 4, 8, 16}) {
        kernels.add(Kernel.of(name(), "indexing_gather_b" + 8 * bytes + "_" + index.suffix(), Launch.elementwise(1),
            2 * bytes + index.bytes(), pointer("x"), pointer("index"), pointer("out"), int64("n"), int64("size"), int64("stride"),
            pointer("errors"), layout("layout", 3)));
      }
      for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64, ElementType.INT32, ElementType.INT64)) {
        kernels.add(Kernel.of(name(), "indexing_scatter_" + t.suffix() + "_" + index.suffix(), Launch.elementwise(1),
            3 * t.bytes() + index.bytes(), pointer("x"), pointer("index"), pointer("out"), int64("columns"), int64("length"),
            int64("size"), int64("xStride"), int64("indexStride"), int64("outStride"), pointer("errors"), layout("layout", 3)));
      }
      for (ElementType t : FLOATS) {
        kernels.add(Kernel.of(name(), "indexing_one_hot_" + t.suffix() + "_" + index.suffix(), Launch.elementwise(1), t.bytes(),
            pointer("index"), pointer("out"), int64("n"), scalar("on", t), scalar("off", t), pointer("errors"),
            divisor("classes")));
      }
    }
    for (ElementType t : FLOATS) {
      kernels.add(Kernel.of(name(), "indexing_scatter_sorted_" + t.suffix(), Launch.elementwise(1), t.bytes() + 16,
          pointer("x"), pointer("keys"), pointer("order"), pointer("out"), int64("work"), int64("length"), int64("size"),
          int64("xStride"), int64("outStride"), pointer("errors"), divisor("columns"), layout("layout", 2)));
    }
    return kernels;
  }
}
