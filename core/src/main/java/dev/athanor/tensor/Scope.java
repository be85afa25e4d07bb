package dev.athanor.tensor;

import dev.athanor.autograd.Node;
import java.util.ArrayList;

/**
 * Owns the tensors made while it is open: closing it gives their memory back. A result belongs to the innermost open scope of its
 * device on the current thread.
 *
 * <pre>{@code
 * try (var step = device.scope()) {
 *   Tensor loss = model.loss(batch);
 *   loss.backward();
 *   optimizer.step();
 *   meter.add(loss.item());   // a number: nothing leaves the scope
 * }
 * }</pre>
 *
 * <p>Scopes nest and are closed by the thread that opened them, innermost first. Parameters, their gradients and optimizer state
 * do not belong to scopes. Opening and closing a scope costs well under a microsecond.
 */
public final class Scope implements AutoCloseable {
  private static final ThreadLocal<Scope[]> INNERMOST = ThreadLocal.withInitial(() -> new Scope[1]);

  private final Scope[] cell;
  private final Scope outer;
  private final Device device;
  private final ArrayList<TensorImpl> tensors = new ArrayList<>();
  private final ArrayList<Storage> survivors = new ArrayList<>(0);
  private final ArrayList<Node> nodes = new ArrayList<>(0);
  private boolean keptGraph;
  private boolean closed;

  private Scope(Device device, boolean internal) {
    this.device = device;
    this.cell = INNERMOST.get();
    this.outer = cell[0];
    this.keptGraph = internal;
    cell[0] = this;
  }

  static Scope open(Device device) {
    return new Scope(device, false);
  }

  /** A scope for the toolkit's own temporaries: recorded graph nodes pass to the scope outside it. */
  static Scope internal(Device device) {
    return new Scope(device, true);
  }

  /** The innermost open scope of a device on this thread, or null. */
  static Scope current(Device device) {
    Scope s = INNERMOST.get()[0];
    while (s != null && s.device != device) {
      s = s.outer;
    }
    return s;
  }

  /** The device whose tensors this scope owns. */
  public Device device() {
    return device;
  }

  /**
   * Moves a tensor one scope out: it outlives this scope and belongs to the enclosing one, or, if there is none, to whoever holds
   * it. A tensor of a scope inside this one outlives both. One that does not belong to this scope stays where it is. What a
   * recorded result needs for its backward pass outlives the scope with it.
   *
   * @return the tensor
   * @throws dev.athanor.AthanorException if the tensor is closed or lies on another device
   */
  public <T extends Tensor> T keep(T tensor) {
    TensorImpl t = (TensorImpl) (Tensor) tensor;
    t.view();
    Checks.require(t.device() == device, "keep", () -> "the tensor lies on " + t.device() + ", the scope is one of " + device);
    Scope owner = t.scope;
    if (owner == null || !owner.isWithin(this)) {
      return tensor;
    }
    if (t.node() != null) {
      for (Scope s = owner; s != outer; s = s.outer) {
        s.keptGraph = true;
      }
    }
    t.scope = null;
    Scope next = outerOfSameDevice();
    if (next == null) {
      t.storage().guard();
    } else {
      next.add(t);
    }
    return tensor;
  }

  /** Whether this is {@code other} or was opened inside it. */
  private boolean isWithin(Scope other) {
    Scope s = this;
    while (s != null && s != other) {
      s = s.outer;
    }
    return s != null;
  }

  void add(TensorImpl t) {
    t.scope = this;
    tensors.add(t);
  }

  /** A tensor of this scope is to live on its own. */
  void forget(TensorImpl t) {
    t.scope = null;
    keptGraph |= t.node() != null;
  }

  /** A node recorded while this scope is the innermost one: what it saved is released with the scope unless its graph is kept. */
  public static void recorded(Node node, Device device) {
    Scope s = current(device);
    if (s != null) {
      s.nodes.add(node);
    }
  }

  private Scope outerOfSameDevice() {
    Scope s = outer;
    while (s != null && s.device != device) {
      s = s.outer;
    }
    return s;
  }

  /**
   * Closes every tensor made in this scope and not kept.
   *
   * @throws IllegalStateException if an inner scope is still open, or another thread opened this one
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    if (INNERMOST.get()[0] != this) {
      throw new IllegalStateException(INNERMOST.get() != cell
          ? "scope: must be closed by the thread that opened it"
          : "scope: an inner scope is still open; close scopes innermost first (use try-with-resources)");
    }
    closed = true;
    cell[0] = outer;
    Scope next = outerOfSameDevice();
    if (keptGraph) {
      if (next != null) {
        next.nodes.addAll(nodes);
      }
    } else {
      nodes.forEach(Node::release);
    }
    for (int i = 0; i < tensors.size(); i++) {
      TensorImpl t = tensors.get(i);
      if (t.scope == this) {
        Storage s = t.storage();
        t.closeWithScope();
        survived(s, next);
      }
    }
    for (int i = 0; i < survivors.size(); i++) {
      Storage s = survivors.get(i);
      s.adopted = false;
      survived(s, next);
    }
    tensors.clear();
    survivors.clear();
    nodes.clear();
  }

  /**
   * Something still holds this storage: the outer scope looks at it again when it closes, the garbage collector if there is none.
   */
  private static void survived(Storage s, Scope next) {
    if (s.isFree() || s.adopted) {
      return;
    }
    if (next == null) {
      s.guard();
    } else {
      s.adopted = true;
      next.survivors.add(s);
    }
  }
}
