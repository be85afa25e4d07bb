package dev.athanor.examples.gallery;

import dev.athanor.examples.data.BuiltinDatasets;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.ReduceOnPlateau;
import dev.athanor.optim.Schedule;
import dev.athanor.train.RateFinder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Every schedule of the learning rate over 100 steps, and the range test that finds a rate to begin with. */
final class Schedules implements Exhibit {
  private static final int STEPS = 100;

  @Override
  public String name() {
    return "schedules";
  }

  @Override
  public String title() {
    return "Schedules of the learning rate";
  }

  @Override
  public Work make(Studio studio) {
    Map<String, Schedule> all = new LinkedHashMap<>();
    all.put("constant", Schedule.constant());
    all.put("piecewise constant", Schedule.piecewise(List.of(30.0, 60.0, 85.0), List.of(0.5, 0.2, 0.05)));
    all.put("step(20, ½)", Schedule.step(20, 0.5));
    all.put("inverse time 1/(1 + 0.1t)", Schedule.inverseTime(0.1));
    all.put("exponential 0.96ᵗ", Schedule.exponential(0.96));
    all.put("natural exponential e^(−0.04t)", Schedule.naturalExponential(0.04));
    all.put("cosine", Schedule.cosine(STEPS));
    all.put("polynomial, power 2", Schedule.polynomial(STEPS, 2));
    all.put("warm-up, then cosine", Schedule.warmup(15, Schedule.cosine(STEPS - 15)));
    all.put("triangular", Schedule.triangular(0.1, 12));
    all.put("triangular2", Schedule.triangular2(0.1, 12));
    all.put("exp_range, 0.98ᵗ", Schedule.expRange(0.1, 12, 0.98));
    all.put("warm restarts (SGDR), T₀ = 14, × 2", Schedule.warmRestarts(14, 2));
    all.put("one-cycle", Schedule.oneCycle(STEPS));
    var figure = new Figure(4, 310, 220)
        .heading("the factor of the learning rate by step;  orange: the loss that is watched;  green: the loss at rising rates");
    double[] t = Field.places(0, STEPS - 1, STEPS);
    double highest = 0;
    for (var e : all.entrySet()) {
      double[] factors = e.getValue().factors(STEPS);
      highest = Math.max(highest, java.util.Arrays.stream(factors).max().orElseThrow());
      figure.add(new Plot(e.getKey(), "", "").line("factor", Palette.BLUE, Plot.Stroke.SOLID, 2.2, t, factors)
          .range(0, STEPS).values(0, 1.05).ticks(50, 35).plain());
    }
    figure.add(plateau(t));
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("schedules", all.size() + 1.0);
    numbers.put("highest factor", highest);
    figure.add(finder(studio, numbers));
    return new Work(figure,
        "The factor by which each schedule multiplies the first learning rate, over 100 steps. \"Reduce on plateau\" "
        + "halves the rate when a loss (dashed, made up) has not sunk for eight steps. The last panel is the range test: a "
        + "small network on the digits, trained at rates that rise with each step; the loss falls, then blows up, and the "
        + "mark is the suggested rate.",
        numbers);
  }

  /** A made-up loss that sinks in stairs, and what becomes of the rate. */
  private static Plot plateau(double[] t) {
    var rule = new ReduceOnPlateau(0.5, 8);
    ReduceOnPlateau.State state = rule.start(false);
    double[] loss = new double[t.length];
    double[] factor = new double[t.length];
    for (int i = 0; i < t.length; i++) {
      double within = i % 34;
      loss[i] = Math.max(0.12, 0.95 * Math.pow(0.55, i / 34) * (1 - 0.4 * Math.min(1, within / 15)));
      factor[i] = state.scale();
      state = rule.next(state, loss[i], false);
    }
    return new Plot("reduce on plateau", "", "").line("factor", Palette.BLUE, Plot.Stroke.SOLID, 2.2, t, factor)
        .line("loss", Palette.RED, Plot.Stroke.DASHED, t, loss).range(0, STEPS).values(0, 1.05).ticks(50, 35).plain();
  }

  private static Plot finder(Studio studio, Map<String, Double> numbers) {
    try (Layer model = new Sequential(new Flatten(), new Linear(64, 64), Activation.relu(), new Linear(64, 10))
        .initialize(studio.device(), studio.seed())) {
      RateFinder.Result found = RateFinder.find(model, new CrossEntropy(), m -> Optimizer.sgd(m, 1), BuiltinDatasets.digits(), 64,
          1e-3, 100, studio.size(150, 40));
      double[] rates = found.rates().stream().mapToDouble(d -> d).toArray();
      double[] smoothed = found.smoothed().stream().mapToDouble(d -> d).toArray();
      double suggestion = found.suggestion();
      int at = found.rates().indexOf(suggestion);
      numbers.put("suggested rate of the range test", suggestion);
      numbers.put("smoothed loss at the first rate", smoothed[0]);
      numbers.put("smallest smoothed loss", java.util.Arrays.stream(smoothed).min().orElseThrow());
      return new Plot("range test: loss by rate", "", "").logX()
          .line("loss", Palette.GREEN, Plot.Stroke.SOLID, 2.2, rates, smoothed)
          .points("suggestion", Palette.RED, SeriesMarkers.DIAMOND, new double[] {suggestion}, new double[] {smoothed[at]})
          .marks(11).ticks(60, 35).plain();
    }
  }
}
