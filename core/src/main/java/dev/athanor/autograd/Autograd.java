package dev.athanor.autograd;

import dev.athanor.ops.Joining;
import dev.athanor.tensor.Checks;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * Derivatives of computations: gradients by reverse accumulation ({@link #backward}, {@link #grad}, {@link #vjp}), directional
 * derivatives in one pass forward ({@link #jvp}), and the two composed ({@link #hvp}, {@link #hessian}). {@link Numerical} takes
 * differences instead, and {@code dev.athanor.symbolic} gives formulas.
 */
public final class Autograd {
  private Autograd() {}

  /**
   * Adds the gradient of a scalar to the {@link Tensor#grad} of every leaf it depends on, and releases the graph.
   *
   * @throws dev.athanor.AthanorException if {@code loss} is not a single element or depends on no leaf
   */
  public static void backward(Tensor loss) {
    backward(List.of(loss), null, false, false);
  }

  /**
   * Adds gradients to the leaves, for several outputs at once.
   *
   * @param outputs what is differentiated
   * @param gradients the gradient of each output, of its shape; null for 1, which needs a single element
   * @param retainGraph keep the graph for another pass
   * @param createGraph record the pass itself, so that gradients can be differentiated again; implies {@code retainGraph}
   */
  public static void backward(List<Tensor> outputs, List<Tensor> gradients, boolean retainGraph, boolean createGraph) {
    new Backward(retainGraph, createGraph, null).run(outputs, seeds(outputs, gradients));
  }

  /** The gradients of a scalar with respect to {@code inputs}; leaves' own gradients stay as they are. The graph is released. */
  public static List<Tensor> grad(Tensor output, Tensor... inputs) {
    return grad(List.of(output), List.of(inputs), null, false, false);
  }

  /**
   * The gradients of {@code Σ ⟨gradients, outputs⟩} with respect to {@code inputs}, which may be leaves or intermediate results.
   * Leaves' own gradients stay as they are. The results belong to the caller's scope.
   *
   * @return one tensor per input; zeros where an output does not depend on it
   */
  public static List<Tensor> grad(List<Tensor> outputs, List<Tensor> inputs, List<Tensor> gradients, boolean retainGraph,
      boolean createGraph) {
    for (Tensor t : inputs) {
      Checks.require(t.node() != null && t.node().leadsBack(), "grad", () -> "an input takes part in no recorded computation: "
          + Checks.show("input", t)
          + "; call requiresGrad(true) before computing with it");
    }
    var targets = new ArrayList<Node>(inputs.size());
    inputs.forEach(t -> targets.add(t.node()));
    Tensor[] found = new Backward(retainGraph, createGraph, targets).run(outputs, seeds(outputs, gradients));
    var result = new ArrayList<Tensor>(inputs.size());
    for (int i = 0; i < inputs.size(); i++) {
      Tensor in = inputs.get(i);
      result.add(found[i] != null ? found[i] : in.device().zeros(in.dtype(), in.shape()));
    }
    return result;
  }

  // ---- forward mode

  /**
   * A result and its derivative along a direction.
   *
   * @param value {@code f(x)}
   * @param tangent {@code J·v}, of the value's shape and type
   */
  public record Dual(Tensor value, Tensor tangent) {}

  /** {@link #jvp(Function, List, List)} of one input. */
  public static Dual jvp(UnaryOperator<Tensor> f, Tensor x, Tensor v) {
    return jvp(in -> f.apply(in.getFirst()), List.of(x), List.of(v));
  }

  /**
   * The value of a function and its derivative along a direction, {@code Jv = Σᵢ ∂f/∂xᵢ·vᵢ}, in one pass forward with dual
   * values: every operation computes its result and the tangent of it. Nothing is kept for a way back, unless this thread records
   * and the function depends on leaves: then both results can be differentiated in reverse. Passes nest. Costs about twice
   * the function.
   *
   * <p>What the function computes under {@link Tape#noGrad} or from {@code detach()}ed tensors counts as constant, as in reverse
   * mode. Inside it, {@link #grad} works on inputs that it called {@code requiresGrad(true)} on, and its gradients carry
   * tangents.
   *
   * @param f gets stand-ins for the inputs
   * @param x float32 or float64, on one device
   * @param v the direction: a tensor of each input's shape and type
   * @return both owned by the caller's scope
   */
  public static Dual jvp(Function<List<Tensor>, Tensor> f, List<Tensor> x, List<Tensor> v) {
    directions("jvp", x, v);
    try (Scope scope = x.getFirst().device().scope(); var _ = Tape.forTangents()) {
      Tensor y;
      Tensor tangent;
      try (Forward pass = Forward.open(!Tape.state().tangentsOnly)) {
        var duals = new ArrayList<Tensor>(x.size());
        for (int i = 0; i < x.size(); i++) {
          duals.add(pass.dual(x.get(i), v.get(i)));
        }
        y = f.apply(duals);
        Checks.floating("jvp", "the function's result", y);
        tangent = pass.tangentOf(y);
      }
      return new Dual(result(scope, y), tangent == null ? scope.keep(y.device().zeros(y.dtype(), y.shape()))
          : result(scope, tangent));
    }
  }

  /** A tensor to give to the caller: with its history only if something outside still wants it. */
  private static Tensor result(Scope scope, Tensor t) {
    Tensor out = t.alias(t.view());
    if (Tape.wants(t)) {
      out.attach(t.node());
    }
    return scope.keep(out);
  }

  private static void directions(String name, List<Tensor> x, List<Tensor> v) {
    Checks.require(!x.isEmpty(), name, "no inputs given");
    Checks.require(x.size() == v.size(), name, () -> "one direction per input is needed: " + x.size() + " inputs, " + v.size()
        + " directions");
    for (int i = 0; i < x.size(); i++) {
      Checks.floating(name, "input " + i, x.get(i));
      Checks.shape(name, "direction " + i, v.get(i), x.get(i).shape());
      Checks.type(name, "direction " + i, v.get(i), x.get(i).dtype());
    }
  }

  // ---- functions of functions

  /** The gradient of {@code ⟨u, f(x)⟩}, {@code Jᵀu}, by one pass forward and one back; without history. */
  public static Tensor vjp(UnaryOperator<Tensor> f, Tensor x, Tensor u) {
    return vjp(in -> f.apply(in.getFirst()), List.of(x), u).getFirst();
  }

  /**
   * The gradients of {@code ⟨u, f(x)⟩}, {@code Jᵢᵀu}, by one pass forward and one back.
   *
   * @param u of the result's shape and type; null for 1, where the result is a single element
   * @return one tensor per input, of its shape, without history, owned by the caller's scope
   */
  public static List<Tensor> vjp(Function<List<Tensor>, Tensor> f, List<Tensor> x, Tensor u) {
    Checks.require(!x.isEmpty(), "vjp", "no inputs given");
    try (Scope scope = x.getFirst().device().scope(); var _ = Tape.withGrad()) {
      List<Tensor> leaves = leaves(x);
      Tensor y = f.apply(leaves);
      List<Tensor> gradients = y.node() == null ? leaves.stream().map(t -> t.device().zeros(t.dtype(), t.shape())).toList()
          : grad(List.of(y), leaves, u == null ? null : List.of(u), false, false);
      return gradients.stream().map(g -> result(scope, g)).toList();
    }
  }

  private static List<Tensor> leaves(List<Tensor> x) {
    return x.stream().map(t -> t.detach().requiresGrad(true)).toList();
  }

  /** How a matrix of derivatives is computed. */
  public enum Mode {
    /** One forward pass per input element: cheaper where the function has fewer inputs than outputs. */
    FORWARD,
    /** One backward pass per output element: cheaper where it has fewer outputs. */
    REVERSE
  }

  /** {@link #jacobian(UnaryOperator, Tensor, Mode)}, in the mode that takes fewer passes. */
  public static Tensor jacobian(UnaryOperator<Tensor> f, Tensor x) {
    long outputs;
    try (Scope _ = x.device().scope(); var _ = Tape.noGrad()) {
      outputs = f.apply(x).size();
    }
    return jacobian(f, x, x.size() <= outputs ? Mode.FORWARD : Mode.REVERSE);
  }

  /**
   * All first derivatives of a function: {@code J[i…, j…] = ∂f[i…]/∂x[j…]}.
   *
   * @return {@code [y's axes…, x's axes…]}, without history, owned by the caller's scope
   */
  public static Tensor jacobian(UnaryOperator<Tensor> f, Tensor x, Mode mode) {
    Checks.floating("jacobian", "the input", x);
    try (Scope scope = x.device().scope()) {
      return scope.keep(switch (mode) {
        case FORWARD -> byColumns(f, x);
        case REVERSE -> byRows(f, x);
      });
    }
  }

  private static Tensor byColumns(UnaryOperator<Tensor> f, Tensor x) {
    try (var _ = Tape.noGrad()) {
      var columns = new ArrayList<Tensor>();
      Shape ys = null;
      for (long j = 0; j < x.size() || ys == null; j++) {
        Tensor column = jvp(f, x, unit(x, j)).tangent();
        ys = column.shape();
        columns.add(column.reshape(column.size()));
      }
      Tensor j = x.size() == 0 ? x.device().zeros(x.dtype(), Shape.of(ys.size(), 0)) : Joining.stack(1, columns);
      return j.reshape(ys.concat(x.shape()));
    }
  }

  private static Tensor byRows(UnaryOperator<Tensor> f, Tensor x) {
    try (var _ = Tape.withGrad()) {
      Tensor leaf = x.detach().requiresGrad(true);
      Tensor y = f.apply(leaf);
      Shape shape = y.shape().concat(x.shape());
      if (y.node() == null || y.size() == 0) {
        return x.device().zeros(x.dtype(), shape);
      }
      var rows = new ArrayList<Tensor>();
      for (long i = 0; i < y.size(); i++) {
        rows.add(grad(List.of(y), List.of(leaf), List.of(unit(y, i)), i + 1 < y.size(), false).getFirst());
      }
      return Joining.stack(0, rows).reshape(shape);
    }
  }

  /** 1 at one element, 0 elsewhere. */
  private static Tensor unit(Tensor like, long at) {
    Tensor e = like.device().zeros(like.dtype(), Shape.of(like.size()));
    if (like.size() > 0) {
      e.slice(0, at, at + 1).fill(1);
    }
    return e.reshape(like.shape());
  }

  /**
   * The product of the Hessian with a vector, {@code H·v = ∂/∂ε ∇f(x + εv)}, forward over reverse: the backward pass itself
   * carries tangents. Costs about twice a gradient, and never forms the matrix. Source: B. Pearlmutter, Fast exact
   * multiplication by the Hessian, Neural Computation 6 (1994).
   *
   * @param f gives a single element
   * @param v of x's shape and type
   * @return of x's shape; carries no history for reverse mode; owned by the caller's scope
   */
  public static Tensor hvp(UnaryOperator<Tensor> f, Tensor x, Tensor v) {
    directions("hvp", List.of(x), List.of(v));
    try (Scope scope = x.device().scope(); var _ = Tape.withGrad()) {
      Tensor tangent = null;
      try (Forward pass = Forward.open(false)) {
        Tensor leaf = pass.dual(x, v);
        leaf.node().leadBack();
        Tensor y = single("hvp", f.apply(leaf));
        if (y.node() != null && y.node().leadsBack()) {
          tangent = pass.tangentOf(grad(y, leaf).getFirst());
        }
      }
      return tangent == null ? scope.keep(x.device().zeros(x.dtype(), x.shape())) : result(scope, tangent);
    }
  }

  private static Tensor single(String name, Tensor y) {
    Checks.require(y.size() == 1, name, () -> "the function must give a single element, not " + y.shape());
    return y;
  }

  /**
   * All second derivatives of a function, {@code H[i…, j…] = ∂²f/∂x[i…]∂x[j…]}: one {@link #hvp} per element.
   *
   * @param f gives a single element
   * @return {@code [x's axes…, x's axes…]}, without history, owned by the caller's scope
   */
  public static Tensor hessian(UnaryOperator<Tensor> f, Tensor x) {
    Checks.floating("hessian", "the input", x);
    try (Scope scope = x.device().scope()) {
      var rows = new ArrayList<Tensor>();
      for (long j = 0; j < x.size(); j++) {
        rows.add(hvp(f, x, unit(x, j)));
      }
      Shape shape = x.shape().concat(x.shape());
      return scope.keep(rows.isEmpty() ? x.device().zeros(x.dtype(), shape) : Joining.stack(0, rows).reshape(shape));
    }
  }

  /**
   * The gradient penalty {@code mean over n of (‖∂f[n]/∂x[n]‖₂ − target)²}, as a recorded single element: part of a loss, whose
   * gradient with respect to the function's parameters goes through the inner gradient. Source: I. Gulrajani et al., Improved
   * Training of Wasserstein GANs (2017), with target 1.
   *
   * @param f maps {@code [N, …]} to one number per example, {@code [N]} or {@code [N, 1]}, each from its own example alone
   * @param x {@code [N, …]}
   */
  public static Tensor gradientPenalty(UnaryOperator<Tensor> f, Tensor x, double target) {
    Checks.floating("gradientPenalty", "the input", x);
    Checks.require(x.rank() >= 1 && x.dim(0) > 0, "gradientPenalty", () -> "needs examples [N, …], not " + x.shape());
    long n = x.dim(0);
    try (Scope temporaries = x.device().internalScope(); var _ = Tape.withGrad()) {
      Tensor leaf = x.detach().requiresGrad(true);
      Tensor y = f.apply(leaf);
      Checks.require(y.size() == n, "gradientPenalty", () -> "the function must give one number for each of the " + n
          + " examples, not " + y.shape());
      Tensor g = grad(List.of(y.sum()), List.of(leaf), null, true, true).getFirst();
      Tensor norms = g.reshape(n, -1).norm(2, false, 1);
      return temporaries.keep(norms.sub(target).square().mean());
    }
  }

  private static List<Tensor> seeds(List<Tensor> outputs, List<Tensor> gradients) {
    Checks.require(!outputs.isEmpty(), "backward", "no outputs given");
    Checks.require(gradients == null || gradients.size() == outputs.size(), "backward",
        () -> "one gradient per output is needed: " + outputs.size() + " outputs, " + (gradients == null ? 0 : gradients.size())
            + " gradients");
    var seeds = new ArrayList<Tensor>(outputs.size());
    for (int i = 0; i < outputs.size(); i++) {
      Tensor y = outputs.get(i);
      Checks.require(y.node() != null && y.node().leadsBack(), "backward", () -> "the output " + y.dtype() + y.shape()
          + " depends on no tensor that requires gradients (or was computed under noGrad)");
      if (gradients == null) {
        Checks.require(y.shape().size() == 1, "backward", () -> "the output has " + y.shape().size() + " elements, " + y.shape()
            + "; only a single element has an implied gradient of 1: reduce it, or pass its gradient");
        seeds.add(y.device().ones(y.dtype(), y.shape()));
      } else {
        Checks.shape("backward", "gradient " + i, gradients.get(i), y.shape());
        Checks.type("backward", "gradient " + i, gradients.get(i), y.dtype());
        seeds.add(gradients.get(i));
      }
    }
    return seeds;
  }
}
