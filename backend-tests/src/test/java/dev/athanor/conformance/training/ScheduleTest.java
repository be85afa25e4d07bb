package dev.athanor.conformance.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.optim.ReduceOnPlateau;
import dev.athanor.optim.Schedule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Schedules against {@code torch.optim.lr_scheduler} of PyTorch 1.13 (the numbers of {@code golden/optimizers.py}) and by hand.
 */
class ScheduleTest {
  private static final Golden GOLDEN = Golden.load("optimizers.safetensors");

  @TestFactory
  Stream<DynamicTest> asPyTorch() {
    Map<String, Schedule> all = new LinkedHashMap<>();
    all.put("constant", Schedule.constant());
    all.put("piecewise", Schedule.piecewise(List.of(5.0, 12.0, 30.0), List.of(0.1, 0.01, 0.001)));
    all.put("step", Schedule.step(7, 0.5));
    all.put("inverse_time", Schedule.inverseTime(0.3));
    all.put("exponential", Schedule.exponential(0.9));
    all.put("natural_exponential", Schedule.naturalExponential(0.1));
    all.put("cosine", new Schedule.Cosine(39, 0.02));
    all.put("polynomial", Schedule.polynomial(30, 2));
    all.put("warmup", new Schedule.Warmup(10, 0.1, Schedule.exponential(0.9)));
    all.put("triangular", new Schedule.Triangular(0.1, 4, 7, Schedule.Triangular.Shrink.NONE, 1));
    all.put("triangular2", Schedule.triangular2(0.1, 4));
    all.put("exp_range", Schedule.expRange(0.1, 4, 0.95));
    all.put("warm_restarts", new Schedule.WarmRestarts(5, 2, 0.02));
    all.put("one_cycle", Schedule.oneCycle(40));
    all.put("one_cycle_linear", new Schedule.OneCycle(40, 0.25, 10, 100, false));
    assertEquals(all.keySet(), new java.util.HashSet<>(GOLDEN.names("schedule.")));
    return all.entrySet().stream().map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
      double[] wanted = GOLDEN.numbers("schedule." + e.getKey());
      // PyTorch multiplies from step to step where there is a closed form, hence the tolerance
      assertArrayEquals(wanted, e.getValue().factors(wanted.length), 1e-12);
    }));
  }

  @TestFactory
  Stream<DynamicTest> plateau() {
    return Stream.of("min", "max").map(mode -> DynamicTest.dynamicTest(mode, () -> {
      boolean larger = mode.equals("max");
      var rule = larger ? new ReduceOnPlateau("accuracy", 0.1, 3, 1e-4, 0, 1e-3) : new ReduceOnPlateau("loss", 0.5, 2, 1e-3, 1,
          0);
      ReduceOnPlateau.State state = rule.start(larger);
      List<Double> rates = new ArrayList<>();
      for (double v : GOLDEN.numbers("plateau.values")) {
        state = rule.next(state, v, larger);
        assertEquals(state, ReduceOnPlateau.State.of(state.bits()));
        rates.add(state.scale());
      }
      assertArrayEquals(GOLDEN.numbers("plateau." + mode), rates.stream().mapToDouble(r -> r).toArray(), 1e-15);
    }));
  }

  @Test
  void compositions() {
    Schedule s = Schedule.constant().then(3, Schedule.exponential(0.5)).times(Schedule.step(2, 0.1));
    assertArrayEquals(new double[] {1, 1, 0.1, 0.1, 0.005, 0.0025}, s.factors(6), 1e-15);
    Schedule slow = Schedule.step(1, 0.5).stretched(4);
    assertArrayEquals(new double[] {1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25}, slow.factors(9), 0);
    assertArrayEquals(new double[] {0.25, 0.4375, 0.625, 0.8125, 1, 0.5}, Schedule.warmup(4, Schedule.exponential(0.5))
        .factors(6), 1e-15);
    assertArrayEquals(new double[] {1, 0.5, 0, 0}, Schedule.polynomial(2, 1).factors(4), 0);
    assertArrayEquals(new double[] {1, 0.5, 1, 0.5}, Schedule.warmRestarts(2, 1).factors(4), 1e-15);
  }

  @Test
  void aLongWayOutNothingGrowsOrBreaks() {
    for (Schedule s : List.of(Schedule.cosine(10), Schedule.polynomial(10, 2), Schedule.oneCycle(10), Schedule.exponential(0.9),
        Schedule.warmRestarts(1, 2), Schedule.warmRestarts(1, 1), Schedule.triangular2(0.1, 3), Schedule.inverseTime(1))) {
      double far = s.factor(1e7);
      assertTrue(far >= 0 && far <= 1, s + ": " + far);
    }
  }

  @Test
  void refusesWhatMakesNoSense() {
    for (Runnable bad : List.<Runnable>of(() -> Schedule.step(0, 0.5), () -> Schedule.cosine(-1),
        () -> Schedule.exponential(Double.NaN),
        () -> Schedule.piecewise(List.of(5.0, 4.0), List.of(1.0, 1.0)), () -> Schedule.piecewise(List.of(5.0), List.of()),
        () -> Schedule.oneCycle(2), () -> Schedule.warmRestarts(5, 0.5), () -> new ReduceOnPlateau(1, 3))) {
      assertThrows(AthanorException.class, bad::run);
    }
  }
}
