package dev.athanor.autograd;

import dev.athanor.backend.BinaryOp;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.PriorityQueue;

/**
 * One backward pass: visits nodes from the last recorded to the first, so that a node's gradient is complete when its turn comes.
 */
final class Backward implements GradSink {
  private final boolean retainGraph;
  private final boolean createGraph;
  /** Whether the pass is itself differentiated, in reverse or by a forward pass under way. */
  private final boolean recorded;
  private final List<Node> targets;
  private final Tensor[] found;
  /** Nodes recorded before the first target cannot lead to one. */
  private final long oldest;
  private final PriorityQueue<Node> queue = new PriorityQueue<>(Comparator.comparingLong(Node::sequence).reversed());
  private final List<Node> leaves = new ArrayList<>();
  private final Tape.Listener listener = Tape.state().listener;
  private Node current;

  /**
   * A pass.
   *
   * @param targets the nodes whose gradients are wanted, or null to collect those of all leaves in the leaves
   */
  Backward(boolean retainGraph, boolean createGraph, List<Node> targets) {
    this.retainGraph = retainGraph || createGraph;
    this.createGraph = createGraph;
    this.recorded = createGraph || Tape.isForward();
    this.targets = targets;
    this.found = targets == null ? null : new Tensor[targets.size()];
    this.oldest = targets == null ? 0 : targets.stream().mapToLong(Node::sequence).min().orElse(0);
  }

  Tensor[] run(List<Tensor> outputs, List<Tensor> seeds) {
    boolean complete = false;
    try (var _ = createGraph ? Tape.withGrad() : recorded ? Tape.tangentsOnly() : Tape.noGrad()) {
      for (int i = 0; i < outputs.size(); i++) {
        add(outputs.get(i).node(), seeds.get(i));
      }
      for (Node node = queue.poll(); node != null; node = queue.poll()) {
        visit(node);
      }
      current = null;
      for (Node leaf : leaves) {
        collect(leaf);
      }
      if (found != null) {
        separate(seeds);
      }
      complete = true;
    } finally {
      abandon(queue);
      abandon(leaves);
      if (!complete && found != null) {
        for (Tensor t : found) {
          if (t != null) {
            t.close();
          }
        }
      }
    }
    return found;
  }

  private static void abandon(Iterable<Node> nodes) {
    for (Node n : nodes) {
      if (n.pending != null) {
        n.pending.close();
        n.pending = null;
      }
      n.queued = false;
    }
  }

  private void visit(Node node) {
    Tensor dy = node.pending;
    node.pending = null;
    node.queued = false;
    try {
      keepIfTarget(node, dy);
      if (node.isReleased()) {
        throw Saved.released(node.op());
      }
      current = node;
      if (listener != null) {
        listener.tellGradient(node, dy);
      }
      try (Scope _ = dy.device().internalScope()) {
        node.rule().backward(dy, this);
      }
      if (!retainGraph) {
        node.releaseGraph();
      }
    } finally {
      dy.close();
    }
  }

  private void keepIfTarget(Node node, Tensor dy) {
    if (targets != null) {
      for (int i = 0; i < found.length; i++) {
        if (targets.get(i) == node) {
          Tensor shared = dy.alias(dy.view());
          shared.attach(dy.node());
          found[i] = shared;
        }
      }
    }
  }

  /** Gives results that share memory with each other or with what the caller passed in memory of their own. */
  private void separate(List<Tensor> seeds) {
    var taken = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Tensor seed : seeds) {
      taken.add(seed.view().buffer());
    }
    for (int i = 0; i < found.length; i++) {
      Tensor t = found[i];
      if (t != null && (!taken.add(t.view().buffer()) || !t.view().isContiguous())) {
        found[i] = t.copy();
        t.close();
      }
    }
  }

  @Override
  public boolean wants(int i) {
    Node input = current.input(i);
    return input != null && (targets == null || input.sequence() >= oldest && (!input.isLeaf() || targets.contains(input)));
  }

  @Override
  public boolean differentiable() {
    return recorded;
  }

  @Override
  public void give(int i, Tensor gradient) {
    if (wants(i)) {
      Node input = current.input(i);
      if (!gradient.shape().equals(input.shape()) || gradient.dtype() != input.dtype()) {
        throw new IllegalStateException("gradient rule of " + current.op() + ": input " + i + " is " + input.dtype()
            + input.shape()
            + ", but its gradient is " + gradient.dtype() + gradient.shape());
      }
      if (listener != null) {
        listener.tellGave(current, i, gradient);
      }
      add(input, gradient);
    }
  }

  @Override
  public Tensor accumulator(int i) {
    if (recorded || !wants(i)) {
      return null;
    }
    Node input = current.input(i);
    if (input.pending != null) {
      return ownsDense(input.pending) ? input.pending : null;
    }
    Tensor g = targets == null && input.isLeaf() ? input.gradient() : null;
    return g != null && ownsDense(g) ? g : null;
  }

  private static boolean ownsDense(Tensor t) {
    return t.isExclusive() && t.view().isContiguous() && t.node() == null;
  }

  private void add(Node node, Tensor gradient) {
    if (!node.queued) {
      node.queued = true;
      if (node.isLeaf()) {
        leaves.add(node);
      } else {
        queue.add(node);
      }
    }
    Tensor sum = node.pending;
    if (sum == null) {
      node.pending = gradient.unownedAlias();
    } else if (!recorded && ownsDense(sum)) {
      gradient.device().backend().binary(BinaryOp.ADD, sum.view(), gradient.view(), sum.view());
    } else {
      try (Scope _ = gradient.device().internalScope()) {
        node.pending = sum.add(gradient).unownedAlias();
      }
      sum.close();
    }
  }

  /** Moves the sum of this pass into the leaf, or to the caller. */
  private void collect(Node leaf) {
    Tensor sum = leaf.pending;
    leaf.pending = null;
    leaf.queued = false;
    try {
      if (listener != null) {
        listener.tellGradient(leaf, sum);
      }
      if (targets != null) {
        keepIfTarget(leaf, sum);
        return;
      }
      Device device = sum.device();
      Tensor old = leaf.gradient();
      if (old == null) {
        try (Scope _ = device.internalScope()) {
          // Gradients are kept in memory of their own, row-major: changing one in place must not change another.
          boolean own = sum.isExclusive() && sum.view().isContiguous();
          leaf.gradient((own ? sum : sum.copy()).unownedAlias().persist());
        }
      } else if (recorded || !ownsDense(old)) {
        try (Scope _ = device.internalScope()) {
          leaf.gradient(old.add(sum).unownedAlias().persist());
        }
      } else {
        device.backend().binary(BinaryOp.ADD, old.view(), sum.view(), old.view());
        old.changed("backward");
      }
    } finally {
      sum.close();
    }
  }
}
