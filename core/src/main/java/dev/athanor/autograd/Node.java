package dev.athanor.autograd;

import dev.athanor.tensor.DType;
import dev.athanor.tensor.Recording;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One recorded operation, or one leaf (a tensor that gradients are collected for). Nodes are numbered in the order they were
 * recorded, which is a topological order of the graph.
 */
public final class Node {
  private static final AtomicLong SEQUENCE = new AtomicLong();
  private static final Node[] NO_INPUTS = {};
  private static final Saved[] NOTHING = {};

  private final String op;
  private final long sequence;
  private final Shape shape;
  private final DType dtype;
  private boolean leaf;
  /** Whether a backward pass may come through here; false where only tangents of forward mode are carried. */
  private boolean leadsBack;
  private Node[] inputs;
  private GradRule rule;
  private Saved[] saved;

  /** Of a leaf: the gradient collected so far, or null. */
  private Tensor gradient;
  /** The tangents of forward passes under way, innermost first, or null. */
  private Tangent tangents;
  /** During a backward pass: the sum of the gradients given so far, or null. */
  Tensor pending;
  /** During a backward pass: whether this node is queued. */
  boolean queued;

  private record Tangent(Forward level, Tensor value, Tangent next) {}

  private Node(String op, Tensor out, Node[] inputs, GradRule rule, Saved[] saved, boolean leadsBack) {
    this.op = op;
    this.sequence = SEQUENCE.incrementAndGet();
    this.shape = out.shape();
    this.dtype = out.dtype();
    this.leaf = rule == null;
    this.inputs = inputs;
    this.rule = rule;
    this.saved = saved;
    this.leadsBack = leadsBack;
  }

  static Node leaf(Tensor tensor) {
    return new Node("leaf", tensor, NO_INPUTS, null, NOTHING, true);
  }

  /** A leaf of forward passes alone. */
  static Node dual(Tensor tensor) {
    return new Node("leaf", tensor, NO_INPUTS, null, NOTHING, false);
  }

  static Node operation(String op, Tensor out, Node[] inputs, GradRule rule, Saved[] saved, boolean leadsBack) {
    Node node = new Node(op, out, inputs, rule, saved, leadsBack);
    out.attach(node);
    for (Saved s : saved) {
      s.recorded(op, out, node);
    }
    return node;
  }

  /** The operation's name, {@code leaf} for a leaf. */
  public String op() {
    return op;
  }

  /** Whether gradients are collected here. */
  public boolean isLeaf() {
    return leaf;
  }

  /** The shape of the result. */
  public Shape shape() {
    return shape;
  }

  /** The type of the result. */
  public DType dtype() {
    return dtype;
  }

  /** The number of inputs; 0 once released. */
  public int inputCount() {
    return inputs.length;
  }

  /** The node of input {@code i}, or null where no gradient flows. */
  public Node input(int i) {
    return inputs[i];
  }

  /** The number in the order of recording. */
  public long sequence() {
    return sequence;
  }

  /** Of a leaf: the gradient collected so far, or null. Owned by the leaf. */
  public Tensor gradient() {
    return gradient;
  }

  /** Of a leaf: replaces the gradient; null drops it. The old one is closed. */
  public void gradient(Tensor g) {
    Tensor either = g != null ? g : gradient;
    Recording recording = either == null ? null : either.device().recording();
    if (recording != null) {
      recording.gradientSet(this);
    }
    if (gradient != null && gradient != g) {
      gradient.close();
    }
    gradient = g;
  }

  /** Whether a backward pass may come through here. */
  boolean leadsBack() {
    return leadsBack;
  }

  /** Makes the input of a forward pass a leaf of backward passes too. */
  void leadBack() {
    if (!leadsBack) {
      leadsBack = true;
      leaf = true;
    }
  }

  /** The tangent of a forward pass here, or null. */
  Tensor tangent(Forward level) {
    for (Tangent t = tangents; t != null; t = t.next) {
      if (t.level == level) {
        return t.value;
      }
    }
    return null;
  }

  boolean hasTangents() {
    return tangents != null;
  }

  /** Takes over a tangent that no scope owns. */
  void tangent(Forward level, Tensor value) {
    tangents = new Tangent(level, value, tangents);
  }

  GradRule rule() {
    return rule;
  }

  boolean isReleased() {
    return !leaf && rule == null;
  }

  /** Lets go of everything. A later backward through this node is an error. */
  public void release() {
    releaseGraph();
    for (Tangent t = tangents; t != null; t = t.next) {
      t.value.close();
    }
    tangents = null;
  }

  /** Lets go of what backward would need. A later backward through this node is an error. */
  void releaseGraph() {
    if (!leaf) {
      rule = null;
      inputs = NO_INPUTS; // the result may live on; the nodes behind it need not
      for (Saved s : saved) {
        s.release();
      }
      saved = NOTHING;
    }
  }

  @Override
  public String toString() {
    return op + " -> " + dtype + shape;
  }
}
