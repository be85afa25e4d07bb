package dev.athanor.backend;

/**
 * Elementwise functions of one operand. A function may have up to two scalar parameters {@code a} and {@code b}, see {@link Unary}.
 * NaN gives NaN unless said otherwise; at ±∞ activations and their derivatives have their limits (Swish is 0 at −∞, not ∞·0);
 * derivatives at kinks are those of PyTorch.
 */
public enum UnaryOp {
  // any numeric type
  /** −x. */ NEG(Domain.NUMERIC, Saves.NOTHING),
  /** |x|; derivative 0 at 0. */ ABS(Domain.NUMERIC, Saves.INPUT),
  /** −1, 0 or 1; derivative 0. */ SIGN(Domain.NUMERIC, Saves.NONE),
  /** x². */ SQUARE(Domain.NUMERIC, Saves.INPUT),

  // float types
  /** √x. */ SQRT(Domain.FLOAT, Saves.OUTPUT),
  /** 1/√x. */ RSQRT(Domain.FLOAT, Saves.OUTPUT),
  /** 1/x. */ RECIPROCAL(Domain.FLOAT, Saves.OUTPUT),
  /** eˣ. */ EXP(Domain.FLOAT, Saves.OUTPUT),
  /** eˣ − 1, accurate near 0. */ EXPM1(Domain.FLOAT, Saves.OUTPUT),
  /** ln x. */ LOG(Domain.FLOAT, Saves.INPUT),
  /** ln(1 + x), accurate near 0. */ LOG1P(Domain.FLOAT, Saves.INPUT),
  /** sin x. */ SIN(Domain.FLOAT, Saves.INPUT),
  /** cos x. */ COS(Domain.FLOAT, Saves.INPUT),
  /** tan x. */ TAN(Domain.FLOAT, Saves.OUTPUT),
  /** arcsin x. */ ASIN(Domain.FLOAT, Saves.INPUT),
  /** arccos x. */ ACOS(Domain.FLOAT, Saves.INPUT),
  /** arctan x. */ ATAN(Domain.FLOAT, Saves.INPUT),
  /** sinh x. */ SINH(Domain.FLOAT, Saves.INPUT),
  /** cosh x. */ COSH(Domain.FLOAT, Saves.INPUT),
  /** tanh x. */ TANH(Domain.FLOAT, Saves.OUTPUT),
  /** The error function 2/√π ∫₀ˣ e^(−t²) dt. */ ERF(Domain.FLOAT, Saves.INPUT),
  /** The largest integer ≤ x; derivative 0. */ FLOOR(Domain.FLOAT, Saves.NONE),
  /** The smallest integer ≥ x; derivative 0. */ CEIL(Domain.FLOAT, Saves.NONE),
  /** The nearest integer, ties to even; derivative 0. */ ROUND(Domain.FLOAT, Saves.NONE),
  /** xᵃ for a scalar exponent. */ POW_SCALAR(Domain.FLOAT, Saves.INPUT),
  /** min(max(x, a), b); derivative 1 where a ≤ x ≤ b. */ CLAMP(Domain.NUMERIC, Saves.INPUT),

  // activations
  /** 1/(1 + e⁻ˣ). */ SIGMOID(Domain.FLOAT, Saves.OUTPUT),
  /** max(0, min(1, a·x + b)). */ HARD_SIGMOID(Domain.FLOAT, Saves.INPUT),
  /** max(a, min(b, x)), derivative 0 at and beyond the bounds. */ HARD_TANH(Domain.FLOAT, Saves.INPUT),
  /** max(0, x). */ RELU(Domain.FLOAT, Saves.OUTPUT),
  /** min(6, max(0, x)). */ RELU6(Domain.FLOAT, Saves.OUTPUT),
  /** x if x > 0, else a·x. */ LEAKY_RELU(Domain.FLOAT, Saves.INPUT),
  /** x if x > 0, else a·(eˣ − 1). */ ELU(Domain.FLOAT, Saves.INPUT),
  /** λ·ELU with α = 1.6732632423543772, λ = 1.0507009873554805. */ SELU(Domain.FLOAT, Saves.INPUT),
  /** x if x > 0, else a·(e^(x/a) − 1). */ CELU(Domain.FLOAT, Saves.INPUT),
  /** ln(1 + eˣ). */ SOFTPLUS(Domain.FLOAT, Saves.INPUT),
  /** ln(1/(1 + e⁻ˣ)). */ LOG_SIGMOID(Domain.FLOAT, Saves.INPUT),
  /** x/(1 + |x|). */ SOFTSIGN(Domain.FLOAT, Saves.INPUT),
  /** x·σ(a·x); SiLU for a = 1. */ SWISH(Domain.FLOAT, Saves.INPUT),
  /** x·min(6, max(0, x + 3))/6. */ HARD_SWISH(Domain.FLOAT, Saves.INPUT),
  /** x·tanh(ln(1 + eˣ)). */ MISH(Domain.FLOAT, Saves.INPUT),
  /** x·Φ(x) with the exact normal distribution function. */ GELU(Domain.FLOAT, Saves.INPUT),
  /** ½x(1 + tanh(√(2/π)(x + 0.044715x³))). */ GELU_TANH(Domain.FLOAT, Saves.INPUT),
  /** x·σ(1.702·x). */ GELU_SIGMOID(Domain.FLOAT, Saves.INPUT),
  /** 1 if x ≥ a, else 0; derivative 0. */ STEP(Domain.FLOAT, Saves.NONE),
  /** x if |x| > a, else 0. */ HARD_SHRINK(Domain.FLOAT, Saves.INPUT),
  /** x − a if x > a, x + a if x < −a, else 0. */ SOFT_SHRINK(Domain.FLOAT, Saves.INPUT),
  /** x − tanh x. */ TANH_SHRINK(Domain.FLOAT, Saves.INPUT),
  /** x if x > a, else b. */ THRESHOLD(Domain.FLOAT, Saves.INPUT),

  // to bool
  /** Whether x is NaN. */ IS_NAN(Domain.FLOAT, Saves.NEVER),
  /** Whether x is +∞ or −∞. */ IS_INF(Domain.FLOAT, Saves.NEVER),
  /** Whether x is neither NaN nor infinite. */ IS_FINITE(Domain.FLOAT, Saves.NEVER),
  /** Logical not, of bool. */ NOT(Domain.BOOL, Saves.NEVER);

  /** The element types a function takes. */
  public enum Domain {
    /** float32 and float64. */ FLOAT,
    /** float32, float64, int32 and int64. */ NUMERIC,
    /** bool. */ BOOL
  }

  /** What the derivative is computed from, besides the incoming gradient. */
  public enum Saves {
    /** The function's input. */ INPUT,
    /** The function's output. */ OUTPUT,
    /** Neither: the derivative is a constant. */ NOTHING,
    /** Neither: the derivative is 0 everywhere. */ NONE,
    /** The result is a bool: there is no derivative. */ NEVER
  }

  private final Domain domain;
  private final Saves saves;

  UnaryOp(Domain domain, Saves saves) {
    this.domain = domain;
    this.saves = saves;
  }

  /** The element types this function takes. */
  public Domain domain() {
    return domain;
  }

  /** What its derivative needs. */
  public Saves saves() {
    return saves;
  }

  /** Whether the result is bool whatever the operand is. */
  public boolean givesBool() {
    return saves == Saves.NEVER;
  }
}
