package dev.athanor.train;

import dev.athanor.train.NetworkWatch.Statistics;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What {@link NetworkWatch} saw in one step.
 *
 * @param step the number of steps done, this one included
 * @param loss the mean loss of its batch
 * @param layers the layers without children, in the order they ran
 * @param parameters those that got a gradient, in the model's order
 */
public record WatchReport(long step, double loss, List<Activation> layers, List<Parameter> parameters) {
  private static final double VANISHED = 1e-4;
  private static final double EXPLODED = 1e4;
  private static final double DEAD = 0.5;
  private static final double RATIO_LOW = 1e-6;
  private static final double RATIO_HIGH = 0.1;

  /**
   * One layer.
   *
   * @param layer the dotted name; a second run of the same layer in one step is {@code name (2)}
   * @param description the layer as it prints
   * @param output its output
   * @param deadUnits the share of features or channels that are 0 for every example of the batch; 0 where there is no such axis
   * @param gradient the gradient of the loss with respect to its output, or null where none came back
   */
  public record Activation(String layer, String description, Statistics output, double deadUnits, Statistics gradient) {
    Activation withGradient(Statistics g) {
      return new Activation(layer, description, output, deadUnits, g);
    }
  }

  /**
   * One parameter.
   *
   * @param name the dotted name
   * @param value before the step
   * @param gradient before clipping
   * @param update what the step added
   */
  public record Parameter(String name, Statistics value, Statistics gradient, Statistics update) {
    /** ‖update‖/‖value‖, NaN where both are 0: about 10⁻³ where training goes well. */
    public double updateRatio() {
      return update.norm() / value.norm();
    }
  }

  /**
   * What looks wrong, each named with its layer or parameter; empty where nothing does. Limits: a gradient that came to less than
   * 10⁻⁴, or to more than 10⁴, of the root mean square it had at the last layer; more than half of the units dead; an update of
   * more than a tenth or less than a millionth of the parameter.
   */
  public List<String> findings() {
    var found = new ArrayList<String>();
    gradientFindings(found);
    for (Activation a : layers) {
      if (a.deadUnits > DEAD) {
        found.add(text("dead units: %.0f %% of the units of '%s' (%s) are 0 for the whole batch", 100 * a.deadUnits, a.layer,
            a.description));
      }
    }
    for (Parameter p : parameters) {
      double ratio = p.updateRatio();
      if (ratio > RATIO_HIGH && p.value.norm() > 0) {
        found.add(text("large update: '%s' moved by %.2g of its norm in one step", p.name, ratio));
      } else if (ratio < RATIO_LOW) {
        found.add(text("small update: '%s' moved by %.2g of its norm in one step", p.name, ratio));
      }
    }
    return found;
  }

  /**
   * The gradient at each layer against that at the last one: the worst is named, with the layer where the loss of a factor is
   * largest.
   */
  private void gradientFindings(List<String> found) {
    List<Activation> back = layers.stream().filter(a -> a.gradient != null).toList();
    if (back.isEmpty()) {
      return;
    }
    Activation last = back.getLast();
    double there = last.gradient.rms();
    Activation smallest = last;
    Activation largest = last;
    for (Activation a : back) {
      smallest = a.gradient.rms() < smallest.gradient.rms() ? a : smallest;
      largest = !(a.gradient.rms() <= largest.gradient.rms()) ? a : largest;
    }
    if (smallest.gradient.rms() < VANISHED * there) {
      found.add(text("vanishing gradient: at the output of '%s' (%s) its root mean square is %.2g, at '%s' %.2g", smallest.layer,
          smallest.description, smallest.gradient.rms(), last.layer, there));
    }
    if (!(largest.gradient.rms() <= EXPLODED * there)) {
      found.add(text("exploding gradient: at the output of '%s' (%s) its root mean square is %.2g, at '%s' %.2g", largest.layer,
          largest.description, largest.gradient.rms(), last.layer, there));
    }
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** Two tables, and the findings. */
  @Override
  public String toString() {
    var out = new StringBuilder(text("step %d, loss %.6g%n", step, loss));
    out.append(text("  %-18s %10s %10s %8s %8s %12s%n", "layer", "mean", "std", "zeros", "dead", "gradient rms"));
    for (Activation a : layers) {
      out.append(text("  %-18s %10.3g %10.3g %7.1f%% %7.1f%% %12s%n", a.layer, a.output.mean(), a.output.std(),
          100 * a.output.zeros(),
          100 * a.deadUnits, a.gradient == null ? "" : text("%.3g", a.gradient.rms())));
    }
    out.append(text("  %-18s %10s %10s %10s %12s%n", "parameter", "norm", "gradient", "update", "update/norm"));
    for (Parameter p : parameters) {
      out.append(text("  %-18s %10.3g %10.3g %10.3g %12.3g%n", p.name, p.value.norm(), p.gradient.norm(), p.update.norm(),
          p.updateRatio()));
    }
    findings().forEach(f -> out.append("  ! ").append(f).append('\n'));
    return out.toString().replace("\r\n", "\n");
  }
}
