package dev.athanor.cuda;

import dev.athanor.backend.Workspace;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.List;

/** The temporary views of one operation; closing returns them all. */
final class Temporaries implements AutoCloseable {
  private final Workspace workspace;
  private final Elementwise elementwise;
  private final List<View> taken = new ArrayList<>(4);

  Temporaries(Workspace workspace, Elementwise elementwise) {
    this.workspace = workspace;
    this.elementwise = elementwise;
  }

  /** A contiguous view over memory that holds nothing yet. */
  View take(DType dtype, Shape shape) {
    View view = workspace.take(dtype, shape);
    taken.add(view);
    return view;
  }

  /** Room for so many bytes. */
  View bytes(long n) {
    return take(DType.BOOL, Shape.of(Math.max(1, n)));
  }

  /** The view, or a contiguous copy of it; null for null. */
  View contiguous(View x) {
    if (x == null || x.isContiguous()) {
      return x;
    }
    View copy = take(x.dtype(), x.shape());
    elementwise.copy(x, copy);
    return copy;
  }

  /** The view where it is dense with channels first or last, else a contiguous copy. */
  View dense(View x) {
    return Layered.channelsLastInMemory(x) ? x : contiguous(x);
  }

  /** The view where it is dense with channels first or last, else one to write to and then {@link #store}. */
  View denseOutput(View y) {
    return Layered.channelsLastInMemory(y) ? y : output(y);
  }

  /** The view if it is contiguous, else one to write to and then {@link #store}; null for null. */
  View output(View y) {
    return y == null || y.isContiguous() ? y : take(y.dtype(), y.shape());
  }

  /** Moves what was written to an {@link #output} to where it belongs. */
  void store(View output, View y) {
    if (output != y) {
      elementwise.copy(output, y);
    }
  }

  @Override
  public void close() {
    for (int i = taken.size() - 1; i >= 0; i--) {
      workspace.give(taken.get(i));
    }
    taken.clear();
  }

  /** Temporaries from the stream's own memory, for primitives, which get no workspace. */
  record StreamWorkspace(CudaStream stream) implements Workspace {
    @Override
    public View take(DType dtype, Shape shape) {
      long bytes = Math.max(1, shape.size() * dtype.bytes());
      return View.of(new CudaBuffer(stream.take(bytes), bytes), dtype, shape);
    }

    @Override
    public void give(View view) {
      CudaBuffer buffer = (CudaBuffer) view.buffer();
      stream.give(buffer.release(), buffer.bytes());
    }
  }
}
