package dev.athanor.cli;

import dev.athanor.io.Json;
import dev.athanor.optim.Schedule;
import dev.athanor.optim.ScheduleName;
import dev.athanor.train.Averaging;
import dev.athanor.train.Trainer;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How a run's learning rate changes, and what becomes of its steps.
 *
 * @param schedule text for {@link ScheduleName#parse}
 * @param epochs the epochs it was made for, which stay when a run is continued for more; 0 for a constant rate, which has no length
 * @param warmup epochs of warm-up before it; 0 for none
 * @param accumulate batches in a step
 * @param average the decay of an exponential average of the weights, or 0 for none
 * @param noDecayOnBiases whether weight decay leaves biases and normalizations alone
 */
record Pace(String schedule, int epochs, double warmup, int accumulate, double average, boolean noDecayOnBiases) {
  Pace {
    epochs = schedule.equals("constant") ? 0 : epochs;
  }

  /** A constant rate and plain steps. */
  static Pace plain(int epochs) {
    return new Pace("constant", epochs, 0, 1, 0, false);
  }

  /** Gives a trainer these settings. */
  void give(Trainer.Builder trainer, double examples, int batch) {
    double steps = Math.max(1, Math.ceil(examples / batch / accumulate));
    Schedule changing = ScheduleName.parse(schedule, Math.max(1, epochs - warmup), steps);
    if (warmup > 0) {
      changing = Schedule.warmup(warmup * steps, changing);
    }
    if (warmup > 0 || !schedule.equals("constant")) {
      trainer.schedule(changing);
    }
    trainer.accumulate(accumulate);
    if (average > 0) {
      trainer.averaging(Averaging.exponential(average));
    }
  }

  Map<String, Object> toMap() {
    var m = new LinkedHashMap<String, Object>();
    m.put("schedule", schedule);
    m.put("schedule_epochs", epochs);
    m.put("warmup", warmup);
    m.put("accumulate", accumulate);
    m.put("average", average);
    m.put("no_decay_on_biases", noDecayOnBiases);
    return m;
  }

  /** Also of runs from before there were schedules. */
  static Pace fromMap(Map<?, ?> m, int epochs) {
    return m.get("schedule") == null ? plain(epochs) : new Pace((String) m.get("schedule"),
        Math.toIntExact((Long) m.get("schedule_epochs")), Json.toDouble(m.get("warmup")),
        Math.toIntExact((Long) m.get("accumulate")),
        Json.toDouble(m.get("average")), (Boolean) m.get("no_decay_on_biases"));
  }
}
