package dev.athanor.conformance;

import dev.athanor.backend.Backend;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.ComposedOps;
import dev.athanor.backend.FusedOps;
import dev.athanor.backend.Workspace;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** The backend under test with its fused operations, and a workspace that hands out poisoned memory and counts it. */
public final class TestDevice implements AutoCloseable {
  private final Backend backend;
  private final FusedOps fused;
  private final FusedOps composed;
  private final Map<View, Buffer> lent = new HashMap<>();

  TestDevice(Backend backend) {
    this.backend = backend;
    Workspace workspace = new Workspace() {
      @Override
      public View take(DType dtype, Shape shape) {
        return lend(dtype, shape);
      }

      @Override
      public void give(View view) {
        takeBack(view);
      }
    };
    this.fused = backend.fused(workspace);
    this.composed = new ComposedOps(backend, workspace);
  }

  Backend backend() {
    return backend;
  }

  /** The backend's own fused operations. */
  FusedOps fused() {
    return fused;
  }

  /** The defaults over the backend's primitives. */
  FusedOps composed() {
    return composed;
  }

  private View lend(DType dtype, Shape shape) {
    byte[] poison = new byte[(int) Math.max(1, shape.size() * dtype.bytes())];
    Arrays.fill(poison, (byte) 0xFF); // NaN and -1: whoever reads before writing shows
    Buffer buffer = backend.allocate(poison.length);
    backend.upload(MemorySegment.ofArray(poison), buffer, 0);
    View view = View.of(buffer, dtype, shape);
    lent.put(view, buffer);
    return view;
  }

  private void takeBack(View view) {
    Buffer buffer = lent.remove(view);
    if (buffer == null) {
      throw new AssertionError("the workspace was given a view it does not know: " + view);
    }
    backend.release(buffer);
  }

  /** Takes back what the workspace has lent and not got back, and says how much it was. */
  int reclaim() {
    int count = lent.size();
    lent.values().forEach(backend::release);
    lent.clear();
    return count;
  }

  @Override
  public void close() {
    backend.close();
  }
}
