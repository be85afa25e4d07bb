package dev.athanor.backend;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;

/** Temporary device memory for the inside of one operation. */
public interface Workspace {
  /** A contiguous view over memory whose contents are undefined, until {@link #give} returns it. */
  View take(DType dtype, Shape shape);

  /** Returns memory that {@link #take} gave. */
  void give(View view);
}
