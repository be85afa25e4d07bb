package dev.athanor.optim;

import dev.athanor.tensor.Checks;
import java.util.List;

/**
 * How the learning rate changes during training: the factor at time t, by which the learning rate η₀ the optimizer began with is
 * multiplied. A trainer counts t in steps or in epochs, from 0. A schedule is a value without state: the step count of a
 * checkpoint is all it takes to continue. Two of the same text ({@code toString}) are the same.
 *
 * <pre>{@code
 * Schedule s = Schedule.warmup(100, Schedule.cosine(900));
 * Trainer.of(...).schedule(s)                        // t in steps
 * Trainer.of(...).schedulePerEpoch(Schedule.step(10, 0.5))
 * }</pre>
 *
 * <p>Formulas: PyTorch's documentation of {@code torch.optim.lr_scheduler}, where no other source is named.
 * {@link ReduceOnPlateau} watches a value instead of the time, and combines with any schedule.
 */
public sealed interface Schedule {
  /** The factor at time t ≥ 0; not negative. Between whole times, schedules of stairs hold the earlier step's. */
  double factor(double t);

  /** The factors at 0, 1, …, n − 1, for a plot. */
  default double[] factors(int n) {
    double[] all = new double[n];
    for (int t = 0; t < n; t++) {
      all[t] = factor(t);
    }
    return all;
  }

  /** This schedule until time {@code end}, then {@code next}, whose time begins at 0 there. */
  default Schedule then(double end, Schedule next) {
    return new Sequence(this, end, next);
  }

  /** Both at once: the product of the factors. */
  default Schedule times(Schedule other) {
    return new Product(this, other);
  }

  /** The same with so many units of time for one: a schedule written in epochs, counted in steps. */
  default Schedule stretched(double units) {
    return new Stretched(this, units);
  }

  /** η₀ throughout. */
  static Schedule constant() {
    return new PiecewiseConstant(List.of(), List.of());
  }

  /** {@link PiecewiseConstant} with one change. */
  static Schedule constant(double until, double factorAfter) {
    return new PiecewiseConstant(List.of(until), List.of(factorAfter));
  }

  /** {@link PiecewiseConstant}: η₀βᵢ from Tᵢ on. */
  static Schedule piecewise(List<Double> times, List<Double> factors) {
    return new PiecewiseConstant(times, factors);
  }

  /** {@link Step}. */
  static Schedule step(double every, double factor) {
    return new Step(every, factor);
  }

  /** {@link InverseTime}: η₀/(1 + βt). */
  static Schedule inverseTime(double beta) {
    return new InverseTime(beta);
  }

  /** {@link Exponential}: η₀βᵗ. */
  static Schedule exponential(double beta) {
    return new Exponential(beta);
  }

  /** {@link NaturalExponential}: η₀e^(−βt). */
  static Schedule naturalExponential(double beta) {
    return new NaturalExponential(beta);
  }

  /** {@link Cosine} down to 0. */
  static Schedule cosine(double period) {
    return new Cosine(period, 0);
  }

  /** {@link Polynomial} down to 0; power 1 is a straight line. */
  static Schedule polynomial(double period, double power) {
    return new Polynomial(period, power, 0);
  }

  /** {@link Warmup} from 1/length of the first rate of {@code next}. */
  static Schedule warmup(double length, Schedule next) {
    return new Warmup(length, 1 / length, next);
  }

  /** {@link Triangular} of equal flanks, whose amplitude stays. */
  static Schedule triangular(double low, double flank) {
    return new Triangular(low, flank, flank, Triangular.Shrink.NONE, 1);
  }

  /** {@link Triangular} of equal flanks, whose amplitude halves with each cycle ("triangular2"). */
  static Schedule triangular2(double low, double flank) {
    return new Triangular(low, flank, flank, Triangular.Shrink.HALF, 1);
  }

  /** {@link Triangular} of equal flanks, whose amplitude shrinks as γᵗ ("exp_range"). */
  static Schedule expRange(double low, double flank, double gamma) {
    return new Triangular(low, flank, flank, Triangular.Shrink.EXPONENTIAL, gamma);
  }

  /** {@link WarmRestarts} down to 0. */
  static Schedule warmRestarts(double first, double multiplier) {
    return new WarmRestarts(first, multiplier, 0);
  }

  /** {@link OneCycle} with PyTorch's settings: 0.3 of the time up from 1/25, then down to 1/250,000, along cosines. */
  static Schedule oneCycle(double total) {
    return new OneCycle(total, 0.3, 25, 1e4, true);
  }

  /** βᵢ from Tᵢ on, 1 before T₁. The times rise; there are as many as factors. */
  record PiecewiseConstant(List<Double> times, List<Double> factors) implements Schedule {
    /** Checks the times. */
    public PiecewiseConstant {
      times = List.copyOf(times);
      factors = List.copyOf(factors);
      Checks.require(times.size() == factors.size(), "piecewise schedule", "there are " + times.size() + " times and "
          + factors.size() + " factors");
      for (int i = 0; i < times.size(); i++) {
        Checks.require(times.get(i) > (i == 0 ? 0 : times.get(i - 1)), "piecewise schedule", "the times must rise from above 0: "
            + times);
        notNegative("piecewise schedule", "a factor", factors.get(i));
      }
    }

    @Override
    public double factor(double t) {
      int i = times.size();
      while (i > 0 && t < times.get(i - 1)) {
        i--;
      }
      return i == 0 ? 1 : factors.get(i - 1);
    }
  }

  /** factor^⌊t/every⌋. */
  record Step(double every, double factor) implements Schedule {
    /** Checks the ranges. */
    public Step {
      positive("step schedule", "the length of a step", every);
      notNegative("step schedule", "the factor", factor);
    }

    @Override
    public double factor(double t) {
      return Math.pow(factor, Math.floor(t / every));
    }
  }

  /** 1/(1 + βt). */
  record InverseTime(double beta) implements Schedule {
    /** Checks the range. */
    public InverseTime {
      notNegative("inverse-time schedule", "beta", beta);
    }

    @Override
    public double factor(double t) {
      return 1 / (1 + beta * t);
    }
  }

  /** βᵗ. */
  record Exponential(double beta) implements Schedule {
    /** Checks the range. */
    public Exponential {
      notNegative("exponential schedule", "beta", beta);
    }

    @Override
    public double factor(double t) {
      return Math.pow(beta, t);
    }
  }

  /** e^(−βt). */
  record NaturalExponential(double beta) implements Schedule {
    /** Checks the range. */
    public NaturalExponential {
      notNegative("natural exponential schedule", "beta", beta);
    }

    @Override
    public double factor(double t) {
      return Math.exp(-beta * t);
    }
  }

  /**
   * low + (1 − low)·½(1 + cos(πt/period)), and {@code low} after the period. Source: Loshchilov and Hutter, ICLR 2017, without
   * restarts.
   */
  record Cosine(double period, double low) implements Schedule {
    /** Checks the ranges. */
    public Cosine {
      positive("cosine schedule", "the period", period);
      notNegative("cosine schedule", "the lowest factor", low);
    }

    @Override
    public double factor(double t) {
      return t >= period ? low : low + (1 - low) * 0.5 * (1 + Math.cos(Math.PI * t / period));
    }
  }

  /** low + (1 − low)(1 − t/period)^power, and {@code low} after the period. */
  record Polynomial(double period, double power, double low) implements Schedule {
    /** Checks the ranges. */
    public Polynomial {
      positive("polynomial schedule", "the period", period);
      positive("polynomial schedule", "the power", power);
      notNegative("polynomial schedule", "the lowest factor", low);
    }

    @Override
    public double factor(double t) {
      return t >= period ? low : low + (1 - low) * Math.pow(1 - t / period, power);
    }
  }

  /** A straight line from {@code start} times the first factor of {@code next} up to it, then {@code next} from its beginning. */
  record Warmup(double length, double start, Schedule next) implements Schedule {
    /** Checks the ranges. */
    public Warmup {
      positive("warm-up", "its length", length);
      notNegative("warm-up", "its first factor", start);
    }

    @Override
    public double factor(double t) {
      return t < length ? next.factor(0) * (start + (1 - start) * t / length) : next.factor(t - length);
    }
  }

  /**
   * Cycles from {@code low} up to 1 in {@code up} and back in {@code down}; the amplitude shrinks by the cycle or with time, so
   * that the upper bound sinks. Source: L. Smith, WACV 2017.
   */
  record Triangular(double low, double up, double down, Shrink shrink, double gamma) implements Schedule {
    /** How the amplitude shrinks. */
    public enum Shrink {
      /** Not at all. */ NONE,
      /** By half with each cycle. */ HALF,
      /** As gammaᵗ. */ EXPONENTIAL
    }

    /** Checks the ranges. */
    public Triangular {
      notNegative("triangular schedule", "the lower bound", low);
      positive("triangular schedule", "the rising flank", up);
      positive("triangular schedule", "the falling flank", down);
      notNegative("triangular schedule", "gamma", gamma);
    }

    @Override
    public double factor(double t) {
      double cycle = Math.floor(t / (up + down));
      double at = t - cycle * (up + down);
      double height = at <= up ? at / up : 1 - (at - up) / down;
      double amplitude = switch (shrink) {
        case NONE -> 1;
        case HALF -> Math.pow(0.5, cycle);
        case EXPONENTIAL -> Math.pow(gamma, t);
      };
      return low + (1 - low) * height * amplitude;
    }
  }

  /**
   * A cosine from 1 to {@code low} that begins again after {@code first}, then after {@code multiplier} times as long each time.
   * Source: SGDR, I. Loshchilov and F. Hutter, ICLR 2017.
   */
  record WarmRestarts(double first, double multiplier, double low) implements Schedule {
    /** Checks the ranges. */
    public WarmRestarts {
      positive("warm restarts", "the first period", first);
      Checks.require(multiplier >= 1, "warm restarts", "the multiplier must be at least 1: " + multiplier);
      notNegative("warm restarts", "the lowest factor", low);
    }

    @Override
    public double factor(double t) {
      double at = t;
      double period = first;
      if (multiplier == 1) {
        at -= Math.floor(t / first) * first;
      }
      while (at >= period) {
        at -= period;
        period *= multiplier;
      }
      return low + (1 - low) * 0.5 * (1 + Math.cos(Math.PI * at / period));
    }
  }

  /**
   * Up from 1/divider to 1 until t = share·total − 1, down to 1/(divider·finalDivider) at t = total − 1, along cosines or
   * straight lines. Source: L. Smith and N. Topin, 2019, as PyTorch counts it.
   */
  record OneCycle(double total, double share, double divider, double finalDivider, boolean cosine) implements Schedule {
    /** Checks the ranges. */
    public OneCycle {
      positive("one-cycle schedule", "the share of the rise", share);
      Checks.require(share < 1 && share * total > 1, "one-cycle schedule",
          "the rise must take more than one step and less than all: "
          + share + " of " + total);
      positive("one-cycle schedule", "the divider", divider);
      positive("one-cycle schedule", "the final divider", finalDivider);
    }

    @Override
    public double factor(double t) {
      double top = share * total - 1;
      double end = 1 / (divider * finalDivider);
      return t <= top ? between(1 / divider, 1, t / top) : between(1, end, Math.min(1, (t - top) / (total - 1 - top)));
    }

    private double between(double from, double to, double share) {
      return cosine ? to + (from - to) / 2 * (1 + Math.cos(Math.PI * share)) : from + (to - from) * share;
    }
  }

  /** {@code first} until a time, then {@code next} from its beginning. */
  record Sequence(Schedule first, double end, Schedule next) implements Schedule {
    /** Checks the time. */
    public Sequence {
      positive("schedule", "the time of a change", end);
    }

    @Override
    public double factor(double t) {
      return t < end ? first.factor(t) : next.factor(t - end);
    }
  }

  /** The product of two. */
  record Product(Schedule a, Schedule b) implements Schedule {
    @Override
    public double factor(double t) {
      return a.factor(t) * b.factor(t);
    }
  }

  /** Time passes {@code units} times as slowly. */
  record Stretched(Schedule of, double units) implements Schedule {
    /** Checks the range. */
    public Stretched {
      positive("schedule", "the units of time", units);
    }

    @Override
    public double factor(double t) {
      return of.factor(t / units);
    }
  }

  private static void positive(String schedule, String what, double value) {
    Checks.require(value > 0 && Double.isFinite(value), schedule, what + " must be finite and above 0: " + value);
  }

  private static void notNegative(String schedule, String what, double value) {
    Checks.require(value >= 0 && Double.isFinite(value), schedule, what + " must be finite and not negative: " + value);
  }
}
