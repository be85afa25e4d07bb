package dev.athanor.cpu;

import dev.athanor.backend.Backend;
import dev.athanor.backend.Workspace;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.Random;

/** Views over a backend's memory, for tests. */
final class Memo implements Workspace {
  final Backend backend;

  Memo(Backend backend) {
    this.backend = backend;
  }

  View empty(DType type, long... dims) {
    Shape shape = Shape.of(dims);
    return View.of(backend.allocate(Math.max(1, shape.size() * type.bytes())), type, shape);
  }

  View of(float[] values, long... dims) {
    View v = empty(DType.FLOAT32, dims);
    backend.upload(MemorySegment.ofArray(values), v.buffer(), 0);
    return v;
  }

  /** Values between −1 and 1 that depend on the seed alone. */
  View noise(long seed, long... dims) {
    return of(values(seed, (int) Shape.of(dims).size()), dims);
  }

  static float[] values(long seed, int n) {
    Random random = new Random(seed);
    float[] values = new float[n];
    for (int i = 0; i < n; i++) {
      values[i] = random.nextFloat() * 2 - 1;
    }
    return values;
  }

  float[] floats(View v) {
    View dense = v;
    if (!v.isContiguous()) {
      dense = empty(v.dtype(), v.shape().dims());
      backend.copy(v, dense);
    }
    float[] out = new float[(int) v.size()];
    backend.download(dense.buffer(), dense.byteOffset(), MemorySegment.ofArray(out));
    return out;
  }

  @Override
  public View take(DType dtype, Shape shape) {
    return empty(dtype, shape.dims());
  }

  @Override
  public void give(View view) {
    backend.release(view.buffer());
  }
}
