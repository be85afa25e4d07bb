package dev.athanor.autograd;

import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One forward pass with dual values: each tensor that depends on the pass's inputs carries, at its node, its derivative along the
 * direction asked for. Passes nest, and each has tangents of its own: while those of one are computed, the passes outside it
 * still count, so that derivatives of derivatives come out right, and those inside do not.
 */
final class Forward implements AutoCloseable {
  /** The name under which an input that takes part in a recorded computation enters a pass. */
  static final String DUAL = "dual";

  /** Whether the tangents themselves are recorded for reverse mode. */
  private final boolean recorded;
  private final Tape.State state;
  private final int depth;

  private Forward(boolean recorded, Tape.State state) {
    this.recorded = recorded;
    this.state = state;
    this.depth = state.active;
  }

  /** Begins a pass on this thread. */
  static Forward open(boolean recorded) {
    Tape.State s = Tape.state();
    var level = new Forward(recorded, s);
    if (s.active == s.levels.length) {
      s.levels = Arrays.copyOf(s.levels, 2 * s.active);
    }
    s.levels[s.active++] = level;
    return level;
  }

  /** Ends the pass. Tangents it left count no more. */
  @Override
  public void close() {
    state.active = depth;
    state.levels[depth] = null;
  }

  /** {@code x} as an input of this pass, with its tangent. In the current scope. */
  Tensor dual(Tensor x, Tensor tangent) {
    Tensor d = x.alias(x.view());
    if (Tape.wants(x)) {
      int active = state.active;
      state.active = depth; // the pass sees this operation's result, not the operation
      try {
        Tape.record(DUAL, d, (dy, g) -> g.give(0, dy), TangentRule.linear(t -> t), x);
      } finally {
        state.active = active;
      }
    } else {
      d.attach(Node.dual(d));
      Scope.recorded(d.node(), d.device());
    }
    d.node().tangent(this, tangent.unownedAlias());
    return d;
  }

  /** The tangent of a result, or null where it does not depend on the inputs. */
  Tensor tangentOf(Tensor y) {
    return y.node() == null ? null : y.node().tangent(this);
  }

  /** Whether a node has a tangent that counts at present. */
  static boolean carries(Node node, Tape.State s) {
    if (node.hasTangents()) {
      for (int i = 0; i < s.active; i++) {
        if (node.tangent(s.levels[i]) != null) {
          return true;
        }
      }
    }
    return false;
  }

  static boolean carries(Tensor[] inputs, Tape.State s) {
    for (Tensor t : inputs) {
      if (t != null && t.node() != null && carries(t.node(), s)) {
        return true;
      }
    }
    return false;
  }

  /** Gives a fresh result the tangents of all passes that count, outer ones first. */
  static void propagate(Node node, Tensor out, TangentRule rule, Tensor[] inputs, Tape.State s) {
    int active = s.active;
    boolean tangentsOnly = s.tangentsOnly;
    Tape.Listener listener = s.listener;
    try {
      s.listener = null;
      for (int i = 0; i < active; i++) {
        Forward level = s.levels[i];
        Tensor[] tangents = level.tangents(inputs);
        if (tangents != null) {
          s.active = i;
          s.tangentsOnly = tangentsOnly || !level.recorded;
          try (Scope _ = out.device().internalScope()) {
            Tensor t = level.tangent(node, out, rule, inputs, tangents);
            t = t.shape().equals(out.shape()) ? t : t.expand(out.shape());
            if (t.dtype() != out.dtype()) {
              throw new IllegalStateException("tangent rule of " + node.op() + ": the result is " + out.dtype() + ", its tangent "
                  + t.dtype());
            }
            node.tangent(level, t.unownedAlias());
          }
        }
      }
    } finally {
      s.active = active;
      s.tangentsOnly = tangentsOnly;
      s.listener = listener;
    }
  }

  private Tensor[] tangents(Tensor[] inputs) {
    Tensor[] tangents = null;
    for (int i = 0; i < inputs.length; i++) {
      Tensor t = inputs[i] == null ? null : tangentOf(inputs[i]);
      if (t != null) {
        tangents = tangents == null ? new Tensor[inputs.length] : tangents;
        tangents[i] = t;
      }
    }
    return tangents;
  }

  private Tensor tangent(Node node, Tensor out, TangentRule rule, Tensor[] inputs, Tensor[] tangents) {
    if (rule == TangentRule.SYMMETRIC) {
      var product = new Collected(inputs, tangents, isDifferentiatedAgain(inputs, tangents));
      node.rule().backward(tangents[0], product);
      return product.given.getFirst();
    }
    return rule == TangentRule.DERIVED ? transposed(node, out, inputs, tangents) : rule.tangent(tangents);
  }

  /** Whether anything outside this pass will differentiate the tangents. */
  private boolean isDifferentiatedAgain(Tensor[] inputs, Tensor[] tangents) {
    return Tape.wants(inputs) || Tape.wants(tangents);
  }

  /**
   * The gradient rule as a linear map of the gradient u, transposed: {@code ∂/∂u ⟨rule(u), tangents⟩}, which does not depend on
   * u.
   */
  private Tensor transposed(Node node, Tensor out, Tensor[] inputs, Tensor[] tangents) {
    Device device = out.device();
    boolean again = isDifferentiatedAgain(inputs, tangents);
    boolean createGraph = again && !state.tangentsOnly;
    var transposed = new Collected(inputs, tangents, true);
    Tensor u = device.zeros(out.dtype(), out.shape());
    boolean before = state.tangentsOnly;
    state.tangentsOnly = false;
    try {
      u.requiresGrad(true);
      node.rule().backward(u, transposed);
      transposed.dropConstants();
      return transposed.given.isEmpty() ? device.zeros(out.dtype(), out.shape())
          : Autograd.grad(transposed.given, List.of(u), transposed.seeds, false, createGraph).getFirst();
    } finally {
      state.tangentsOnly = before;
    }
  }

  /** What a rule gives, beside the tangents of the inputs it gives it for. */
  private static final class Collected implements GradSink {
    final List<Tensor> given = new ArrayList<>(2);
    final List<Tensor> seeds = new ArrayList<>(2);
    private final Tensor[] tangents;
    private final Tensor[] inputs;
    private final boolean differentiable;

    Collected(Tensor[] inputs, Tensor[] tangents, boolean differentiable) {
      this.inputs = inputs;
      this.tangents = tangents;
      this.differentiable = differentiable;
    }

    @Override
    public boolean wants(int i) {
      return tangents[i] != null;
    }

    @Override
    public boolean differentiable() {
      return differentiable;
    }

    @Override
    public void give(int i, Tensor gradient) {
      if (wants(i)) {
        if (!gradient.shape().equals(inputs[i].shape())) {
          throw new IllegalStateException("gradient rule: input " + i + " is " + inputs[i].shape() + ", but its gradient is "
              + gradient.shape());
        }
        given.add(gradient);
        seeds.add(tangents[i]);
      }
    }

    @Override
    public Tensor accumulator(int i) {
      return null;
    }

    /** A gradient that does not depend on u is 0 for every u. */
    void dropConstants() {
      for (int i = given.size() - 1; i >= 0; i--) {
        if (given.get(i).node() == null) {
          given.remove(i);
          seeds.remove(i);
        }
      }
    }
  }
}
