package dev.athanor.autograd;

import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;

/**
 * Records operations for reverse-mode differentiation. An operation asks {@link #wants} whether any input leads to a leaf, and if
 * so calls {@link #record}. Recording is on by default and is switched per thread.
 */
public final class Tape {
  private static final ThreadLocal<boolean[]> OFF = ThreadLocal.withInitial(() -> new boolean[1]);

  private Tape() {}

  /** Switches recording back to what it was. */
  public static final class Guard implements AutoCloseable {
    private final boolean[] cell;
    private final boolean before;

    private Guard(boolean off) {
      cell = OFF.get();
      before = cell[0];
      cell[0] = off;
    }

    @Override
    public void close() {
      cell[0] = before;
    }
  }

  /** Nothing is recorded on this thread until the guard is closed. */
  public static Guard noGrad() {
    return new Guard(true);
  }

  /** Recording is on, on this thread, until the guard is closed; for use inside {@link #noGrad}. */
  public static Guard withGrad() {
    return new Guard(false);
  }

  /** Whether this thread records. */
  public static boolean isRecording() {
    return !OFF.get()[0];
  }

  /** Whether an operation on this input must be recorded. */
  public static boolean wants(Tensor a) {
    return a.node() != null && isRecording();
  }

  /** Whether an operation on these inputs must be recorded. */
  public static boolean wants(Tensor a, Tensor b) {
    return (a.node() != null || b.node() != null) && isRecording();
  }

  /** Whether an operation on these inputs must be recorded; null entries do not count. */
  public static boolean wants(Tensor... inputs) {
    for (Tensor t : inputs) {
      if (t != null && t.node() != null) {
        return isRecording();
      }
    }
    return false;
  }

  /**
   * Records that {@code out} was computed from {@code inputs}.
   *
   * @param op the operation's name
   * @param out the fresh result, float32 or float64
   * @param rule gives the inputs' gradients
   * @param inputs the inputs in the order the rule speaks of them; null for none
   * @param saved what the rule needs; the rule must not hold other tensors, since those would keep their memory
   * @return {@code out}
   */
  public static Tensor record(String op, Tensor out, GradRule rule, Tensor[] inputs, Saved... saved) {
    Node[] nodes = new Node[inputs.length];
    for (int i = 0; i < inputs.length; i++) {
      nodes[i] = inputs[i] == null ? null : inputs[i].node();
    }
    Node node = Node.operation(op, out, nodes, rule, saved);
    Scope.recorded(node, out.device());
    return out;
  }

  /** {@link #record} for one input. */
  public static Tensor record(String op, Tensor out, GradRule rule, Tensor input, Saved... saved) {
    return record(op, out, rule, new Tensor[] {input}, saved);
  }

  /** {@link #record} for two inputs. */
  public static Tensor record(String op, Tensor out, GradRule rule, Tensor a, Tensor b, Saved... saved) {
    return record(op, out, rule, new Tensor[] {a, b}, saved);
  }

  /** Makes a tensor a leaf: backward passes collect its gradient. */
  public static void watch(Tensor t) {
    Checks.floating("requiresGrad", t);
    Checks.require(t.node() == null || t.node().isLeaf(), "requiresGrad",
        () -> "the tensor is the result of " + (t.node() == null ? "" : t.node().op()) + ", not a leaf; detach() it first");
    if (t.node() == null) {
      t.attach(Node.leaf(t));
    }
  }
}
