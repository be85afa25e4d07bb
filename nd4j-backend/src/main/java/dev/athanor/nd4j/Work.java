package dev.athanor.nd4j;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The arrays of one call: ND4J arrays over views, and dense temporaries where ND4J cannot express a layout (negative strides) or
 * a
 * step needs room. Closing writes temporaries that stand for outputs back, and releases all of them.
 */
final class Work implements AutoCloseable {
  private final List<Nd4jBuffer> temporaries = new ArrayList<>();
  private final List<View[]> results = new ArrayList<>(); // {temporary, where it belongs}
  private boolean done;

  /** An input. */
  INDArray in(View view) {
    return Nd4jBuffer.array(readable(view));
  }

  /** An input in a layout that ND4J knows: itself or a copy. */
  View readable(View view) {
    return expressible(view) ? view : copy(view);
  }

  /** A dense copy. */
  View copy(View view) {
    View copy = temporary(view.dtype(), view.shape());
    Elementwise.copy(view, copy);
    return copy;
  }

  /** An output; it may also be read. */
  INDArray out(View view) {
    return Nd4jBuffer.array(writable(view));
  }

  /** An output in a layout that ND4J knows. */
  View writable(View view) {
    return expressible(view) ? view : copyOfOutput(view);
  }

  /** A dense copy of an output, which is written back at the end. */
  View copyOfOutput(View view) {
    View copy = copy(view);
    results.add(new View[] {copy, view});
    return copy;
  }

  /** Room for a step between. */
  INDArray room(DType dtype, Shape shape) {
    return Nd4jBuffer.array(temporary(dtype, shape));
  }

  /** A dense view of new memory. */
  View temporary(DType dtype, Shape shape) {
    var buffer = new Nd4jBuffer(shape.size() * dtype.bytes());
    temporaries.add(buffer);
    return View.of(buffer, dtype, shape);
  }

  static boolean expressible(View view) {
    for (int i = 0; i < view.rank(); i++) {
      if (view.stride(i) < 0) {
        return false;
      }
    }
    return true;
  }

  /** Says that everything was computed: temporaries that stand for outputs are worth writing back. */
  void done() {
    done = true;
  }

  @Override
  public void close() {
    if (done) {
      results.forEach(pair -> Elementwise.copy(pair[0], pair[1]));
    }
    temporaries.forEach(Nd4jBuffer::release);
  }
}
