package dev.athanor.autograd;

import dev.athanor.tensor.Tensor;

/**
 * The tangent rule of one operation, for {@link Autograd#jvp forward mode}: given the tangents of the inputs, the tangent of the
 * result (a Jacobian-vector product). It is called right after the operation, and may use its operands and its result.
 *
 * <p>No operation has to bring one. A {@link GradRule} is a linear map {@code u ↦ Jᵀu}, written with operations that can
 * themselves be differentiated, so {@link #DERIVED} gets the tangent from it: {@code Jt = ∂/∂u ⟨Jᵀu, t⟩}. That costs a multiple
 * of the gradient rule; where the tangent is simply the same operation on the tangents, or a product rule, saying so is cheaper.
 */
@FunctionalInterface
public interface TangentRule {
  /** Derived from the gradient rule by transposing it. */
  TangentRule DERIVED = _ -> {
    throw new IllegalStateException("the tangent is derived from the gradient rule");
  };

  /**
   * For one input whose Jacobian is symmetric, as every elementwise function's is: the gradient rule itself, applied to the
   * tangent.
   */
  TangentRule SYMMETRIC = _ -> {
    throw new IllegalStateException("the tangent is the gradient rule's");
  };

  /**
   * The tangent of the result.
   *
   * @param tangents those of the inputs, in the order of recording; null where an input is constant, never all null
   * @return of the result's shape, or one that broadcasts to it
   */
  Tensor tangent(Tensor[] tangents);

  /** An operation that is linear in its only input: the tangent goes the same way. */
  static TangentRule linear(java.util.function.UnaryOperator<Tensor> operation) {
    return t -> operation.apply(t[0]);
  }

  /**
   * The sum of what two inputs contribute: {@code d(a·b) = da·b + a·db}.
   *
   * @param first the contribution of the first tangent
   * @param second the contribution of the second tangent
   */
  static TangentRule parts(java.util.function.UnaryOperator<Tensor> first, java.util.function.UnaryOperator<Tensor> second) {
    return t -> sum(t[0] == null ? null : first.apply(t[0]), t[1] == null ? null : second.apply(t[1]));
  }

  /** The sum of those that are not null; null if all are. */
  static Tensor sum(Tensor... terms) {
    Tensor sum = null;
    for (Tensor t : terms) {
      if (t != null) {
        sum = sum == null ? t : sum.add(t);
      }
    }
    return sum;
  }
}
