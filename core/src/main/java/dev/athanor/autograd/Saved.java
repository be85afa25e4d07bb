package dev.athanor.autograd;

import dev.athanor.AthanorException;
import dev.athanor.tensor.Tensor;

/**
 * A tensor that a gradient rule needs later. Holds its memory, though its scope may close, until the backward pass has used it;
 * knows whether it was overwritten meanwhile.
 */
public final class Saved {
  private final Tensor alias;
  private final int version;
  private Tensor source;
  private String neededBy = "an operation";

  private Saved(Tensor tensor) {
    this.alias = tensor.unownedAlias();
    this.version = tensor.version();
    this.source = tensor;
  }

  /** Saves a tensor. */
  public static Saved of(Tensor tensor) {
    return new Saved(tensor);
  }

  /** Those that are not null, for a rule that saves only what the wanted gradients need. */
  public static Saved[] present(Saved... candidates) {
    int n = 0;
    for (Saved s : candidates) {
      if (s != null) {
        n++;
      }
    }
    Saved[] present = new Saved[n];
    n = 0;
    for (Saved s : candidates) {
      if (s != null) {
        present[n++] = s;
      }
    }
    return present;
  }

  /** Called when the operation is recorded. An output is saved before its node exists: it gets it now. */
  void recorded(String op, Tensor out, Node node) {
    neededBy = op;
    if (source == out) {
      alias.attach(node);
    }
    source = null;
  }

  /**
   * The saved tensor, with its place in the graph. It stays owned by this object.
   *
   * @throws AthanorException if it was changed in place since, or was released with its graph
   */
  public Tensor get() {
    if (alias.isClosed()) {
      throw released(neededBy);
    }
    if (alias.version() != version) {
      throw new AthanorException("backward: a value needed by " + neededBy + " (" + alias.dtype() + alias.shape()
          + ") was overwritten in place by " + alias.lastChange()
              + "; use the out-of-place operation, or copy() the value first");
    }
    return alias;
  }

  static AthanorException released(String op) {
    return new AthanorException("backward: the graph of " + op + " was already used and released; to go through it again, "
        + "pass retainGraph, and call backward before the scope of the forward pass closes");
  }

  void release() {
    alias.close();
  }
}
