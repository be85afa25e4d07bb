package dev.athanor.autograd;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;

/**
 * Records operations for differentiation. An operation asks {@link #wants} whether any input leads to a leaf or carries a
 * tangent, and if so calls {@link #record}: for reverse mode that makes a node of the graph, for {@link Autograd#jvp forward
 * mode} it computes the tangent of the result at once. Recording is on by default and is switched per thread.
 */
public final class Tape {
  private static final ThreadLocal<State> STATE = ThreadLocal.withInitial(State::new);

  private Tape() {}

  /** What a thread records. */
  static final class State {
    /** Nothing is recorded. */
    boolean off;
    /** Tangents are computed, but no graph for reverse mode is recorded. */
    boolean tangentsOnly;
    /** The forward passes under way, outermost first. */
    Forward[] levels = new Forward[2];
    /** How many of them count at present: while a tangent is computed, only the passes outside its own do. */
    int active;
    /** Sees what is recorded, or null. */
    Listener listener;
  }

  /**
   * Sees every operation recorded on a thread and every gradient computed there, from its making until it is closed, which
   * happens in the opposite order and on the same thread. Without one, none of it costs anything.
   */
  public abstract static class Listener implements AutoCloseable {
    private final State state = STATE.get();
    private final Listener outer = state.listener;

    /** Begins to listen. */
    protected Listener() {
      state.listener = this;
    }

    /** An operation was recorded. */
    protected void recorded(Node node, Tensor out, Tensor[] inputs) {}

    /** A backward pass has the complete gradient of a node's result, or of a leaf. */
    protected void gradient(Node node, Tensor dy) {}

    /** The rule of a node gave the gradient of one of its inputs. */
    protected void gave(Node node, int input, Tensor gradient) {}

    final void tellRecorded(Node node, Tensor out, Tensor[] inputs) {
      recorded(node, out, inputs);
      if (outer != null) {
        outer.tellRecorded(node, out, inputs);
      }
    }

    final void tellGradient(Node node, Tensor dy) {
      gradient(node, dy);
      if (outer != null) {
        outer.tellGradient(node, dy);
      }
    }

    final void tellGave(Node node, int input, Tensor gradient) {
      gave(node, input, gradient);
      if (outer != null) {
        outer.tellGave(node, input, gradient);
      }
    }

    /** Ends listening. */
    @Override
    public void close() {
      if (state.listener == this) {
        state.listener = outer;
      }
    }
  }

  /** Switches recording back to what it was. */
  public static final class Guard implements AutoCloseable {
    private final State state;
    private final boolean offBefore;
    private final boolean tangentsOnlyBefore;

    private Guard(boolean off, boolean tangentsOnly) {
      state = STATE.get();
      offBefore = state.off;
      tangentsOnlyBefore = state.tangentsOnly;
      state.off = off;
      state.tangentsOnly = tangentsOnly;
    }

    @Override
    public void close() {
      state.off = offBefore;
      state.tangentsOnly = tangentsOnlyBefore;
    }
  }

  static State state() {
    return STATE.get();
  }

  /**
   * Nothing is recorded on this thread until the guard is closed: results count as constants, for every kind of differentiation.
   */
  public static Guard noGrad() {
    return new Guard(true, false);
  }

  /** Recording is on, on this thread, until the guard is closed; for use inside {@link #noGrad}. */
  public static Guard withGrad() {
    return new Guard(false, false);
  }

  /** For a forward pass: tangents are computed, and a graph is recorded if one would be now. */
  static Guard forTangents() {
    State s = STATE.get();
    return new Guard(false, s.off || s.tangentsOnly);
  }

  /** Tangents are computed, but no graph is recorded. */
  static Guard tangentsOnly() {
    return new Guard(false, true);
  }

  /** Whether a forward pass is under way whose tangents count here. */
  static boolean isForward() {
    State s = STATE.get();
    return s.active > 0 && !s.off;
  }

  /** Whether this thread records. */
  public static boolean isRecording() {
    return !STATE.get().off;
  }

  private static boolean wants(Node node, State s) {
    return !s.off && (node.leadsBack() && !s.tangentsOnly || s.active > 0 && Forward.carries(node, s));
  }

  /** Whether an operation on this input must be recorded. */
  public static boolean wants(Tensor a) {
    Node n = a.node();
    return n != null && wants(n, STATE.get());
  }

  /** Whether an operation on these inputs must be recorded. */
  public static boolean wants(Tensor a, Tensor b) {
    return wants(a) || wants(b);
  }

  /** Whether an operation on these inputs must be recorded; null entries do not count. */
  public static boolean wants(Tensor... inputs) {
    for (Tensor t : inputs) {
      if (t != null && wants(t)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Records that {@code out} was computed from {@code inputs}. The tangent of forward mode is derived from the rule, see
   * {@link TangentRule}.
   *
   * @param op the operation's name
   * @param out the fresh result, float32 or float64
   * @param rule gives the inputs' gradients
   * @param inputs the inputs in the order the rule speaks of them; null for none
   * @param saved what the rule needs; the rule must not hold other tensors, since those would keep their memory
   * @return {@code out}
   */
  public static Tensor record(String op, Tensor out, GradRule rule, Tensor[] inputs, Saved... saved) {
    return record(op, out, rule, TangentRule.DERIVED, inputs, saved);
  }

  /**
   * {@link #record(String, Tensor, GradRule, Tensor[], Saved...)} with a rule for the tangent.
   *
   * @param tangent gives the result's tangent; used before this method returns and not kept, so that it may hold tensors
   */
  public static Tensor record(String op, Tensor out, GradRule rule, TangentRule tangent, Tensor[] inputs, Saved... saved) {
    State s = STATE.get();
    boolean back = false;
    Node[] nodes = new Node[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      Node n = inputs[i] == null || s.tangentsOnly ? null : inputs[i].node();
      if (n != null && n.leadsBack()) {
        nodes[i] = n;
        back = true;
      }
    }
    boolean forward = s.active > 0 && Forward.carries(inputs, s);
    if (!back && !forward) {
      for (Saved v : saved) {
        v.release();
      }
      return out;
    }
    Node node = Node.operation(op, out, nodes, rule, saved, back);
    Scope.recorded(node, out.device());
    if (s.listener != null) {
      s.listener.tellRecorded(node, out, inputs);
    }
    if (forward) {
      Forward.propagate(node, out, tangent, inputs, s);
    }
    if (!back) {
      node.releaseGraph();
    }
    return out;
  }

  /** {@link #record(String, Tensor, GradRule, Tensor[], Saved...)} for one input. */
  public static Tensor record(String op, Tensor out, GradRule rule, Tensor input, Saved... saved) {
    return record(op, out, rule, TangentRule.DERIVED, new Tensor[] {input}, saved);
  }

  /** {@link #record(String, Tensor, GradRule, TangentRule, Tensor[], Saved...)} for one input. */
  public static Tensor record(String op, Tensor out, GradRule rule, TangentRule tangent, Tensor input, Saved... saved) {
    return record(op, out, rule, tangent, new Tensor[] {input}, saved);
  }

  /** {@link #record(String, Tensor, GradRule, Tensor[], Saved...)} for two inputs. */
  public static Tensor record(String op, Tensor out, GradRule rule, Tensor a, Tensor b, Saved... saved) {
    return record(op, out, rule, TangentRule.DERIVED, new Tensor[] {a, b}, saved);
  }

  /** {@link #record(String, Tensor, GradRule, TangentRule, Tensor[], Saved...)} for two inputs. */
  public static Tensor record(String op, Tensor out, GradRule rule, TangentRule tangent, Tensor a, Tensor b, Saved... saved) {
    return record(op, out, rule, tangent, new Tensor[] {a, b}, saved);
  }

  /** Makes a tensor a leaf: backward passes collect its gradient. The input of a forward pass becomes one beside being that. */
  public static void watch(Tensor t) {
    Checks.floating("requiresGrad", t);
    Node n = t.node();
    if (n == null) {
      t.attach(Node.leaf(t));
    } else {
      Checks.require(n.isLeaf() || n.op().equals(Forward.DUAL), "requiresGrad",
          () -> "the tensor is the result of " + n.op() + ", not a leaf; detach() it first");
      n.leadBack();
    }
  }
}
