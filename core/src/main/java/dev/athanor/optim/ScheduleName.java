package dev.athanor.optim;

import dev.athanor.AthanorException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Schedules as text: a name, and numbers that may be left out, such as {@code cosine}, {@code step:10,0.5} or
 * {@code piecewise:10,0.1,20,0.01}. Times are epochs; the rate changes with every step.
 */
public enum ScheduleName {
  /** The same rate throughout. */
  CONSTANT("constant", "", (_, _) -> Schedule.constant()),
  /** {@link Schedule.PiecewiseConstant}: pairs of an epoch and the factor from there on. */
  PIECEWISE("piecewise", "EPOCH,FACTOR,...", (a, _) -> piecewise(a)),
  /** {@link Schedule.Step}. */
  STEP("step", "EPOCHS,FACTOR", (a, epochs) -> Schedule.step(at(a, 0, epochs / 3), at(a, 1, 0.1))),
  /** {@link Schedule.InverseTime}. */
  INVERSE_TIME("inverse-time", "BETA", (a, _) -> Schedule.inverseTime(at(a, 0, 0.1))),
  /** {@link Schedule.Exponential}. */
  EXPONENTIAL("exponential", "BETA", (a, _) -> Schedule.exponential(at(a, 0, 0.95))),
  /** {@link Schedule.NaturalExponential}. */
  NATURAL_EXPONENTIAL("natural-exponential", "BETA", (a, _) -> Schedule.naturalExponential(at(a, 0, 0.05))),
  /** {@link Schedule.Cosine}. */
  COSINE("cosine", "EPOCHS,LOW", (a, epochs) -> new Schedule.Cosine(at(a, 0, epochs), at(a, 1, 0))),
  /** {@link Schedule.Polynomial}. */
  POLYNOMIAL("polynomial", "POWER,EPOCHS,LOW", (a, epochs) -> new Schedule.Polynomial(at(a, 1, epochs), at(a, 0, 1), at(a, 2,
      0))),
  /** {@link Schedule.Triangular} whose amplitude stays. */
  TRIANGULAR("triangular", "EPOCHS,LOW", (a, epochs) -> Schedule.triangular(at(a, 1, 0.1), at(a, 0, epochs / 4))),
  /** {@link Schedule.Triangular} whose amplitude halves with each cycle. */
  TRIANGULAR2("triangular2", "EPOCHS,LOW", (a, epochs) -> Schedule.triangular2(at(a, 1, 0.1), at(a, 0, epochs / 4))),
  /** {@link Schedule.Triangular} whose amplitude shrinks exponentially. */
  EXP_RANGE("exp-range", "EPOCHS,LOW,GAMMA", (a, epochs) -> Schedule.expRange(at(a, 1, 0.1), at(a, 0, epochs / 4), at(a, 2,
      0.9))),
  /** {@link Schedule.WarmRestarts}. */
  RESTARTS("restarts", "EPOCHS,MULTIPLIER", (a, epochs) -> Schedule.warmRestarts(at(a, 0, epochs / 3), at(a, 1, 1))),
  /** {@link Schedule.OneCycle} over all epochs. */
  ONE_CYCLE("one-cycle", "SHARE", (a, epochs) -> new Schedule.OneCycle(epochs, at(a, 0, 0.3), 25, 1e4, true));

  private interface Maker {
    Schedule make(double[] arguments, double epochs);
  }

  private final String label;
  private final String arguments;
  private final Maker maker;

  ScheduleName(String label, String arguments, Maker maker) {
    this.label = label;
    this.arguments = arguments;
    this.maker = maker;
  }

  /** The name as people write it, in small letters. */
  public String label() {
    return label;
  }

  /** Name and arguments, for a help text. */
  public String usage() {
    return arguments.isEmpty() ? label : label + "[:" + arguments + "]";
  }

  /** All labels. */
  public static List<String> labels() {
    return Arrays.stream(values()).map(ScheduleName::label).toList();
  }

  /**
   * A schedule counted in steps.
   *
   * @param text a name and its numbers
   * @param epochs how long training takes; what is left out is chosen by it
   * @param stepsPerEpoch steps in an epoch
   * @throws AthanorException if there is no such name, or the numbers do not suit it; says what is known
   */
  public static Schedule parse(String text, double epochs, double stepsPerEpoch) {
    int colon = text.indexOf(':');
    String name = (colon < 0 ? text : text.substring(0, colon)).toLowerCase(Locale.ROOT);
    ScheduleName found = Arrays.stream(values()).filter(s -> s.label.equals(name)).findFirst()
        .orElseThrow(() -> new AthanorException(
        "there is no schedule '" + name + "'; expected one of " + Arrays.stream(values()).map(ScheduleName::usage)
            .collect(Collectors.joining(", "))));
    double[] numbers = colon < 0 ? new double[0] : numbers(text.substring(colon + 1), found);
    long most = found.arguments.endsWith("...") ? Long.MAX_VALUE : found.arguments.isEmpty() ? 0
        : found.arguments.chars().filter(c -> c == ',').count() + 1;
    if (numbers.length > most) {
      throw new AthanorException("schedule '" + text + "': too many numbers; expected " + found.usage());
    }
    return found == ONE_CYCLE ? found.maker.make(numbers, epochs * stepsPerEpoch) // which counts its own steps
        : found.maker.make(numbers, epochs).stretched(stepsPerEpoch);
  }

  private static double[] numbers(String text, ScheduleName of) {
    try {
      return Arrays.stream(text.split(",", -1)).mapToDouble(Double::parseDouble).toArray();
    } catch (NumberFormatException e) {
      throw new AthanorException("schedule '" + of.label + ":" + text + "': expected numbers, " + of.usage(), e);
    }
  }

  private static double at(double[] arguments, int i, double otherwise) {
    return i < arguments.length ? arguments[i] : otherwise;
  }

  private static Schedule piecewise(double[] a) {
    if (a.length == 0 || a.length % 2 != 0) {
      throw new AthanorException("schedule 'piecewise': expected pairs of an epoch and a factor, such as piecewise:10,0.1,20,0.01");
    }
    var times = new ArrayList<Double>();
    var factors = new ArrayList<Double>();
    for (int i = 0; i < a.length; i += 2) {
      times.add(a[i]);
      factors.add(a[i + 1]);
    }
    return Schedule.piecewise(times, factors);
  }
}
