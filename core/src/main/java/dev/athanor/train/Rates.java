package dev.athanor.train;

import dev.athanor.AthanorException;
import dev.athanor.metric.Metric;
import dev.athanor.optim.Optimizer;
import dev.athanor.optim.ReduceOnPlateau;
import dev.athanor.optim.Schedule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The learning rate of a run: what the optimizer began with, times the schedule's factor, times the reductions on plateaus. */
final class Rates {
  private final Optimizer optimizer;
  private final Schedule schedule;
  private final boolean perEpoch;
  private final ReduceOnPlateau plateau;
  private final boolean larger;
  private double base;
  private ReduceOnPlateau.State seen;

  Rates(Optimizer optimizer, double base, Trainer.Builder settings) {
    this.optimizer = optimizer;
    this.base = base;
    this.schedule = settings.schedule;
    this.perEpoch = settings.schedulePerEpoch;
    this.plateau = settings.plateau;
    this.larger = plateau != null && largerIsBetter("reduce on plateau", plateau.monitor(), settings.metrics);
    this.seen = plateau == null ? null : plateau.start(larger);
  }

  /** Whether larger values of what is monitored are better. */
  static boolean largerIsBetter(String who, String monitor, List<Metric> metrics) {
    return !monitor.equals("loss") && metrics.stream().filter(m -> m.name().equals(monitor)).findFirst().orElseThrow(() ->
        new AthanorException(who + ": there is no metric '" + monitor + "'; expected loss or one of "
            + metrics.stream().map(Metric::name).toList())).isBetterWhenLarger();
  }

  /** Sets the rate of the next step. Without a schedule it stays as it is, or as a callback has set it. */
  void set(long step, int epoch) {
    if (schedule != null || plateau != null) {
      double factor = schedule == null ? 1 : schedule.factor(perEpoch ? epoch : step);
      optimizer.learningRate(base * factor * (seen == null ? 1 : seen.scale()));
    }
  }

  /** Looks at an epoch. */
  void judge(History.Epoch epoch) {
    if (plateau != null) {
      seen = plateau.next(seen, epoch.judged().get(plateau.monitor()), larger);
    }
  }

  /** Schedule and reductions in words. */
  String description() {
    return (schedule == null ? "none" : schedule + (perEpoch ? " per epoch" : " per step"))
        + (plateau == null ? "" : ", " + plateau);
  }

  Map<String, Object> state() {
    var m = new LinkedHashMap<String, Object>();
    m.put("schedule", description());
    m.put("base", Double.doubleToRawLongBits(base));
    m.put("plateau", seen == null ? null : seen.bits());
    return m;
  }

  /** What {@link #state} said; a checkpoint from before there were schedules says nothing. */
  record Stored(String description, Optional<Double> base, Optional<ReduceOnPlateau.State> seen) {
    static Stored of(Map<?, ?> m) {
      return m == null ? new Stored("none", Optional.empty(), Optional.empty())
          : new Stored(m.get("schedule").toString(), Optional.of(Double.longBitsToDouble((Long) m.get("base"))),
              Optional.ofNullable((List<?>) m.get("plateau")).map(ReduceOnPlateau.State::of));
    }
  }

  void restore(Stored stored) {
    base = stored.base.orElse(base);
    seen = stored.seen.orElse(seen);
  }
}
