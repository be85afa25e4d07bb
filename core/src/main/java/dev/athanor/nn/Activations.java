package dev.athanor.nn;

import dev.athanor.AthanorException;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * The activations that have a name: those that keep the shape of their input and need no choice beyond their usual parameters. To
 * add one made of tensor operations, add a constant here; {@code docs/add-an-op.md} has the list of files.
 */
public enum Activations {
  /** x. */
  IDENTITY(() -> Activation.composed("identity()", x -> x)),
  /** 1 if x ≥ 0, else 0, with the straight-through gradient where |x| ≤ 1, so that what lies below learns. */
  STEP(() -> Activation.straightThroughStep(0, 1)),
  /** 1/(1 + e⁻ˣ). */
  SIGMOID(UnaryOp.SIGMOID),
  /** max(min(x/4 + ½, 1), 0). */
  HARD_SIGMOID(() -> Activation.hardSigmoid(0.25, 0.5)),
  /** tanh x. */
  TANH(UnaryOp.TANH),
  /** max(−1, min(1, x)). */
  HARD_TANH(UnaryOp.HARD_TANH),
  /** max(0, x). */
  RELU(UnaryOp.RELU),
  /** min(6, max(0, x)). */
  RELU6(UnaryOp.RELU6),
  /** x if x > 0, else x/100. */
  LEAKY_RELU(UnaryOp.LEAKY_RELU),
  /** x if x > 0, else γx with a learned γ, see {@link PRelu}. */
  PRELU(PRelu::new),
  /** x if x > 0, else x times a random slope, see {@link RRelu}. */
  RRELU(RRelu::new),
  /** x if x > 0, else eˣ − 1. */
  ELU(UnaryOp.ELU),
  /** ELU scaled so that activations normalise themselves. */
  SELU(UnaryOp.SELU),
  /** x if x > 0, else eˣ − 1: ELU whose derivative is continuous for every parameter; the same at this one. */
  CELU(UnaryOp.CELU),
  /** ln(1 + eˣ). */
  SOFTPLUS(UnaryOp.SOFTPLUS),
  /** ln(1/(1 + e⁻ˣ)). */
  LOG_SIGMOID(UnaryOp.LOG_SIGMOID),
  /** x/(1 + |x|). */
  SOFTSIGN(UnaryOp.SOFTSIGN),
  /** x·σ(x): Swish with β = 1. */
  SILU(UnaryOp.SWISH),
  /** x·σ(βx) with a learned β, see {@link Swish}. */
  SWISH(Swish::new),
  /** x·min(6, max(0, x + 3))/6. */
  HARD_SWISH(UnaryOp.HARD_SWISH),
  /** x·tanh(ln(1 + eˣ)). */
  MISH(UnaryOp.MISH),
  /** x·Φ(x). */
  GELU(UnaryOp.GELU),
  /** ½x(1 + tanh(√(2/π)(x + 0.044715x³))). */
  GELU_TANH(UnaryOp.GELU_TANH),
  /** x·σ(1.702x). */
  GELU_SIGMOID(UnaryOp.GELU_SIGMOID),
  /** x if |x| > ½, else 0. */
  HARD_SHRINK(UnaryOp.HARD_SHRINK),
  /** x − ½ if x > ½, x + ½ if x < −½, else 0. */
  SOFT_SHRINK(UnaryOp.SOFT_SHRINK),
  /** x − tanh x. */
  TANH_SHRINK(UnaryOp.TANH_SHRINK),
  /** e^(−x²), a bump around 0, as radial basis functions have it. */
  GAUSSIAN(() -> Activation.composed("gaussian()", x -> x.square().neg().exp()));

  private final Supplier<Layer> maker;

  Activations(Supplier<Layer> maker) {
    this.maker = maker;
  }

  Activations(UnaryOp op) {
    this(() -> new Activation(Unary.of(op)));
  }

  /** The name by which it is chosen, such as {@code hard-sigmoid}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A new layer. */
  public Layer create() {
    return maker.get();
  }

  /** All names, in order. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(Activations::label).toList();
  }

  /**
   * The activation of that name.
   *
   * @throws AthanorException if there is none; it lists those there are
   */
  public static Activations of(String label) {
    return Arrays.stream(values()).filter(a -> a.label().equals(label)).findFirst()
        .orElseThrow(() -> new AthanorException("there is no activation '" + label + "'; expected one of "
            + String.join(", ", labels())));
  }
}
