package dev.athanor.conformance.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.Backend;
import dev.athanor.backend.NotCapturableException;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.exec.Input;
import dev.athanor.exec.Plan;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Conv2d;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Flatten;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.MaxPool2d;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Generator;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Replayed steps equal steps run as written, bit for bit; what cannot be recorded is refused and changes nothing; memory stays
 * the plan's own. Extend it in a backend's tests.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class PlanConformance {
  private Device device;

  /** For subclasses. */
  protected PlanConformance() {}

  /** Opens the backend to test. */
  protected abstract Backend open();

  /** How often a small plan is replayed to see whether memory grows. */
  protected int manyReplays() {
    return 10_000;
  }

  @BeforeAll
  void openDevice() {
    device = Device.of(open());
  }

  @AfterAll
  void closeDevice() {
    if (device != null) {
      device.close();
    }
  }

  // ---- training steps

  /** A model with its optimizer and a step over it. */
  private final class Run implements AutoCloseable {
    final Layer model;
    final Optimizer optimizer;
    final List<Double> losses = new ArrayList<>();
    final Plan plan;

    Run(Layer layers, OptimizerRule rule, Shape example, boolean planned) {
      model = layers.initialize(device, 7);
      try (Scope _ = device.scope(); var _ = Tape.noGrad()) {
        model.training(false).apply(device.zeros(DType.FLOAT32, example.insert(0, 1)));
      }
      model.training(true);
      optimizer = new Optimizer(rule, 0.02, model);
      plan = planned ? Plan.of(device, this::step) : null;
    }

    private List<Tensor> step(List<Tensor> in) {
      Tensor loss = new CrossEntropy().of(model.apply(in.get(0)), in.get(1));
      loss.backward();
      Tensor norm = optimizer.clipGradients(0.5);
      optimizer.step();
      optimizer.zeroGrad();
      return List.of(loss, norm);
    }

    void train(int n, Shape example, int seed) {
      try (Scope _ = device.scope()) {
        float[] x = new float[Math.toIntExact(n * example.size())];
        long[] labels = new long[n];
        for (int i = 0; i < x.length; i++) {
          x[i] = Made.noise(seed * 1000 + i);
        }
        for (int i = 0; i < n; i++) {
          labels[i] = (seed + i) % 3;
        }
        Tensor tx = device.tensor(MemorySegment.ofArray(x), DType.FLOAT32, example.insert(0, n));
        Tensor tt = device.tensor(labels, n);
        for (Tensor t : plan == null ? step(List.of(tx, tt)) : plan.run(tx, tt)) {
          losses.add(t.item());
        }
      }
    }

    /** All that a run comes to. */
    Map<String, List<Double>> numbers() {
      Map<String, List<Double>> all = Made.numbers(model);
      optimizer.state().forEach((name, t) -> all.put(name, Arrays.stream(t.toDoubles()).boxed().toList()));
      model.generators().forEach((name, g) -> all.put(name, List.of((double) g.state().offset())));
      all.put("losses", losses);
      all.put("steps", List.of((double) optimizer.steps()));
      return all;
    }

    @Override
    public void close() {
      if (plan != null) {
        plan.close();
      }
      optimizer.close();
      model.close();
    }
  }

  private static void same(Map<String, List<Double>> expected, Map<String, List<Double>> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, numbers) -> assertEquals(numbers, found.get(name), name));
  }

  private static Layer dense() {
    return new Sequential(new Linear(4, 9), new BatchNorm(9), Activation.relu(), new Dropout(0.3), new Linear(9, 6),
        Activation.tanh(), new Dropout(0.1), new Linear(6, 3));
  }

  private static Layer convolutional() {
    return new Sequential(new Conv2d(2, 4, 3), new BatchNorm(4), Activation.relu(), new MaxPool2d(2), new Dropout(0.2),
        new Flatten(), new Linear(3));
  }

  private static OptimizerRule adam() {
    return new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0.01, true, false, false);
  }

  private static OptimizerRule momentum() {
    return new OptimizerRule.Sgd(0.9, 1e-3, true, 0);
  }

  private static final Shape VECTOR = Shape.of(4);
  private static final Shape IMAGE = Shape.of(2, 6, 6);

  @TestFactory
  Stream<DynamicTest> replayEqualsEager() {
    return Stream.of(
        DynamicTest.dynamicTest("dense, Adam", () -> sameNumbers(dense(), dense(), adam(), VECTOR)),
        DynamicTest.dynamicTest("dense, momentum", () -> sameNumbers(dense(), dense(), momentum(), VECTOR)),
        DynamicTest.dynamicTest("convolutional, Adam", () -> sameNumbers(convolutional(), convolutional(), adam(), IMAGE)));
  }

  private void sameNumbers(Layer a, Layer b, OptimizerRule rule, Shape example) {
    try (Run eager = new Run(a, rule, example, false); Run planned = new Run(b, rule, example, true)) {
      for (int step = 0; step < 20; step++) {
        eager.train(8, example, step);
        planned.train(8, example, step);
      }
      same(eager.numbers(), planned.numbers());
      assertEquals(19, planned.plan.replays(), "the first call runs as written, the others are replayed");
    }
  }

  @Test
  void aSmallerBatchIsAnotherRecording() {
    try (Run eager = new Run(dense(), adam(), VECTOR, false); Run planned = new Run(dense(), adam(), VECTOR, true)) {
      for (int step = 0; step < 12; step++) {
        int n = step % 3 == 2 ? 5 : 8;
        eager.train(n, VECTOR, step);
        planned.train(n, VECTOR, step);
      }
      same(eager.numbers(), planned.numbers());
      assertEquals(2, planned.plan.recordings());
      assertEquals(10, planned.plan.replays());
    }
  }

  @Test
  void whatHappensBetweenReplaysCounts() {
    try (Run eager = new Run(dense(), adam(), VECTOR, false); Run planned = new Run(dense(), adam(), VECTOR, true)) {
      for (int step = 0; step < 12; step++) {
        for (Run r : List.of(eager, planned)) {
          r.train(8, VECTOR, step);
          r.optimizer.learningRate(0.02 / (1 + step));
          if (step == 5) {
            r.optimizer.steps(2);
          }
          if (step == 6) { // another step, as written
            try (Scope _ = device.scope()) {
              r.step(List.of(device.ones(8, 4), device.zeros(DType.INT64, Shape.of(8))));
            }
          }
          if (step == 8) {
            Generator g = r.model.generators().values().iterator().next();
            g.restore(new Generator.State(99, 3, 5));
          }
          if (step == 9) {
            try (Scope _ = device.scope(); var _ = Tape.noGrad()) {
              r.model.parameters().get("0.bias").addInPlace(device.ones(9));
            }
          }
        }
      }
      same(eager.numbers(), planned.numbers());
      assertEquals(11, planned.plan.replays());
    }
  }

  @Test
  void evaluationAndTrainingAreTwoRecordings() {
    Layer model = dense().initialize(device, 3);
    try (Scope _ = device.scope(); Plan plan = Plan.of(device, in -> {
      try (var _ = Tape.noGrad()) {
        return List.of(model.apply(in.getFirst()));
      }
    })) {
      Tensor x = device.generator(1).uniform(DType.FLOAT32, Shape.of(8, 4));
      for (int i = 0; i < 8; i++) {
        model.training(i % 2 == 0);
        Tensor replayed = plan.run(x).getFirst();
        if (i % 2 == 1) {
          try (var _ = Tape.noGrad()) {
            assertArrayEquals(model.apply(x).toFloats(), replayed.toFloats());
          }
        }
      }
      assertEquals(2, plan.recordings());
      assertEquals(6, plan.replays());
    } finally {
      model.close();
    }
  }

  // ---- random numbers

  @Test
  void generatorsMoveOn() {
    try (Scope _ = device.scope(); Generator a = device.generator(5); Generator b = device.generator(5)) {
      UnaryOperator<List<Tensor>> draw = in -> {
        Generator g = in.isEmpty() ? a : null;
        return List.of(g.normal(DType.FLOAT32, Shape.of(7)), g.uniform(DType.FLOAT64, Shape.of(3)));
      };
      try (Plan plan = Plan.of(device, draw)) {
        for (int i = 0; i < 6; i++) {
          List<Tensor> drawn = plan.run(new Tensor[0]);
          assertArrayEquals(b.normal(DType.FLOAT32, Shape.of(7)).toFloats(), drawn.get(0).toFloats());
          assertArrayEquals(b.uniform(DType.FLOAT64, Shape.of(3)).toDoubles(), drawn.get(1).toDoubles());
          assertEquals(b.state(), a.state());
          if (i == 3) { // outside the plan, and before it
            assertArrayEquals(b.uniform(DType.FLOAT32, Shape.of(9)).toFloats(), a.uniform(DType.FLOAT32, Shape.of(9)).toFloats());
          }
        }
      }
      assertArrayEquals(b.uniform(DType.FLOAT32, Shape.of(9)).toFloats(), a.uniform(DType.FLOAT32, Shape.of(9)).toFloats());
    }
  }

  // ---- inputs and results

  @Test
  void inputsAreCopiedAndResultsStay() {
    try (Scope _ = device.scope(); Plan plan = Plan.of(device, in -> List.of(in.get(0).mul(2).add(in.get(1))))) {
      List<Tensor> before = null;
      for (int i = 0; i < 4; i++) {
        Tensor x = device.tensor(new float[] {i, i + 1});
        Tensor y = device.tensor(new float[] {10 * i});
        List<Tensor> r = plan.run(x, y);
        assertArrayEquals(new float[] {12 * i, 12 * i + 2}, r.getFirst().toFloats());
        if (i > 1) {
          assertSame(before, r);
        }
        before = r;
      }
      // From the host, into the same recording.
      List<Tensor> r = plan.run(Input.of(MemorySegment.ofArray(new float[] {5, 6}), DType.FLOAT32, Shape.of(2)),
          Input.of(device.tensor(new float[] {1})));
      assertSame(before, r);
      assertArrayEquals(new float[] {11, 13}, r.getFirst().toFloats());
      // A result as the next input.
      assertArrayEquals(new float[] {23, 27}, plan.run(r.getFirst(), device.tensor(new float[] {1})).getFirst().toFloats());
    }
  }

  @Test
  void otherLayoutsAndTypesAreOtherRecordings() {
    try (Scope _ = device.scope(); Plan plan = Plan.of(device, in -> List.of(in.get(0).sum(0)))) {
      Tensor x = device.tensor(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(new float[] {5, 7, 9}, plan.run(x).getFirst().toFloats());
        assertArrayEquals(new double[] {5, 7, 9}, plan.run(x.cast(DType.FLOAT64)).getFirst().toDoubles());
        assertArrayEquals(new float[] {6, 15}, plan.run(x.transpose(0, 1)).getFirst().toFloats());
      }
      assertEquals(3, plan.recordings());
    }
  }

  @Test
  void tooManySignaturesRunAsWritten() {
    try (Scope _ = device.scope(); Plan plan = Plan.of(device, in -> List.of(in.get(0).sum()))) {
      for (int round = 0; round < 3; round++) {
        for (int n = 1; n <= 12; n++) {
          assertEquals(n, plan.run(device.ones(n)).getFirst().item());
        }
      }
      assertEquals(8, plan.recordings());
      assertEquals(16, plan.replays());
    }
  }

  // ---- the host's part

  @Test
  void hostActionsRunAtEachCall() {
    double[] seen = new double[1];
    try (Scope _ = device.scope(); Generator g = device.generator(2); Tensor total = device.zeros(1).persist();
        Plan plan = Plan.of(device, in -> {
          Tensor sum = in.get(0).sum();
          Tensor noise = g.uniform(DType.FLOAT32, Shape.of(4));
          Tensor kept = sum.copy();
          Plan.onHost(device, () -> seen[0]++);
          Plan.onHost(sum, s -> seen[0] += s.item());
          total.addInPlace(sum);
          return List.of(kept, noise);
        })) {
      for (int i = 1; i <= 4; i++) {
        seen[0] = 0;
        plan.run(device.ones(i));
        plan.run(device.ones(i));
        assertEquals(2 + 2 * i, seen[0]);
      }
      assertEquals(20, total.item());
    }
  }

  @Test
  void aHostActionThatThrowsBreaksOff() {
    boolean[] fail = new boolean[1];
    try (Scope _ = device.scope(); Generator g = device.generator(2); Tensor total = device.zeros(1).persist();
        Plan plan = Plan.of(device, in -> {
          Tensor noise = g.uniform(DType.FLOAT32, Shape.of(4));
          Plan.onHost(device, () -> {
            if (fail[0]) {
              throw new IllegalArgumentException("enough");
            }
          });
          total.addInPlace(in.get(0));
          return List.of(noise);
        })) {
      Tensor one = device.ones(1);
      plan.run(one);
      plan.run(one);
      Generator.State before = g.state();
      fail[0] = true;
      assertEquals("enough", assertThrows(IllegalArgumentException.class, () -> plan.run(one)).getMessage());
      assertEquals(before, g.state());
      assertEquals(2, total.item(), "what follows the action was not run");
      fail[0] = false;
      float[] next = plan.run(one).getFirst().toFloats();
      try (Generator again = device.generator(2)) {
        again.restore(before);
        assertArrayEquals(again.uniform(DType.FLOAT32, Shape.of(4)).toFloats(), next);
      }
      assertEquals(3, total.item());
    }
  }

  // ---- what cannot be recorded

  private record Refused(String what, String message, UnaryOperator<List<Tensor>> function) {}

  @TestFactory
  Stream<DynamicTest> whatCannotBeRecordedIsRefused() {
    List<Tensor> pot = new ArrayList<>();
    return Stream.of(
        new Refused("item", "reading from the device", in -> List.of(in.get(0).mul(in.get(0).sum().item()))),
        new Refused("toFloats", "reading from the device", in -> {
          in.get(0).toFloats();
          return in;
        }),
        new Refused("upload", "an upload from the host (8 bytes)",
            in -> List.of(in.get(0).add(device.tensor(new float[] {1, 2})))),
        new Refused("synchronize", "waiting for the device", in -> {
          device.synchronize();
          return in;
        }),
        new Refused("allocate", "an allocation of 64 bytes", in -> {
          device.backend().release(device.backend().allocate(64));
          return in;
        }),
        new Refused("a generator is moved", "an upload from the host (24 bytes)", in -> {
          try (Generator g = device.generator(3)) {
            return List.of(g.uniform(DType.FLOAT32, Shape.of(2)));
          }
        }),
        new Refused("caught", "reading from the device", in -> {
          try {
            in.get(0).sum().item();
          } catch (NotCapturableException e) {
            return in; // as if nothing had been
          }
          return in;
        }),
        new Refused("left behind", "made by 'mul'", in -> {
          pot.add(in.get(0).mul(2).persist());
          return in;
        }),
        new Refused("closed", "closing a tensor made before (by 'full')", in -> {
          if (pot.isEmpty()) {
            pot.add(device.full(DType.FLOAT32, Shape.of(2), 3).persist());
          } else {
            pot.removeLast().close();
          }
          return in;
        }),
        new Refused("expects a gradient", "still expects a backward pass", in -> {
          Tensor w = device.full(DType.FLOAT32, Shape.of(2), 3).requiresGrad(true);
          return List.of(w.mul(in.get(0)));
        }),
        new Refused("another plan", "another plan", in -> {
          try (Plan inner = Plan.of(device, x -> x)) {
            inner.run(in.get(0));
            inner.run(in.get(0));
            return in;
          }
        }))
        .map(r -> DynamicTest.dynamicTest(r.what, () -> refused(r, pot)));
  }

  private void refused(Refused r, List<Tensor> pot) {
    device.allocator().trim();
    try (Generator g = device.generator(4)) {
      long before = device.memory().live();
      try (Scope _ = device.scope(); Plan plan = Plan.of(device, in -> {
        g.uniform(DType.FLOAT32, Shape.of(5));
        return r.function.apply(in);
      })) {
        Tensor x = device.tensor(new float[] {1, 2});
        plan.run(x);
        Generator.State state = g.state();
        NotCapturableException e = assertThrows(NotCapturableException.class, () -> plan.run(x));
        assertTrue(e.getMessage().contains(r.message), e.getMessage());
        assertEquals(state, g.state(), "the recording that was given up draws nothing");
        assertEquals(6, x.sum().mul(2).item(), "the device works on");
      }
      pot.forEach(Tensor::close);
      pot.clear();
      assertTrue(device.memory().live() <= before, "all memory is back"); // less where the collector found older things
    }
  }

  @Test
  void gradientsLeftBehindAreRefusedAndDropped() {
    Tensor w = device.full(DType.FLOAT32, Shape.of(2), 3).persist().requiresGrad(true);
    try (Scope _ = device.scope(); Plan plan = Plan.of(device, in -> {
      w.mul(in.get(0)).sum().backward();
      return List.of();
    })) {
      Tensor x = device.tensor(new float[] {1, 2});
      plan.run(x);
      w.zeroGrad();
      assertTrue(assertThrows(NotCapturableException.class, () -> plan.run(x)).getMessage().contains("zeroGrad() at the end"));
      assertEquals(null, w.grad());
    } finally {
      w.close();
    }
  }

  @Test
  void orEagerSaysWhyAndGoesOn() {
    List<String> reasons = new ArrayList<>();
    try (Scope _ = device.scope(); Plan plan = Plan.orEager(device, in -> List.of(in.get(0).mul(in.get(0).sum().item())),
        e -> reasons.add(e.getMessage()))) {
      for (int i = 1; i < 5; i++) {
        assertEquals(i * i, plan.run(device.tensor(new float[] {i})).getFirst().item());
      }
      assertEquals(1, reasons.size());
      assertEquals(0, plan.replays());
    }
  }

  @Test
  void wrongInputsAreRefused() {
    try (Scope _ = device.scope(); Plan plan = Plan.of(device, in -> in)) {
      Tensor w = device.ones(2).requiresGrad(true);
      assertTrue(assertThrows(AthanorException.class, () -> plan.run(w)).getMessage().contains("input 0 expects a gradient"));
      assertTrue(assertThrows(AthanorException.class,
          () -> plan.run(Input.of(MemorySegment.ofArray(new float[3]), DType.FLOAT32, Shape.of(2)))).getMessage()
          .contains("takes 8 bytes, not 12"));
      plan.close();
      assertTrue(assertThrows(AthanorException.class, () -> plan.run(device.ones(2))).getMessage().contains("closed"));
    }
  }

  // ---- memory

  @Test
  void memoryIsThePlansOwn() {
    device.allocator().trim();
    long before = device.memory().live();
    try (Tensor scale = device.full(DType.FLOAT32, Shape.of(64), 2).persist();
        Plan plan = Plan.of(device, in -> List.of(in.get(0).mul(scale).add(1).mul(3).sum()))) {
      try (Scope _ = device.scope()) {
        for (int i = 0; i < 4; i++) {
          Tensor x = device.full(DType.FLOAT32, Shape.of(64), i);
          assertEquals(64 * (2 * i + 1) * 3, plan.run(x).getFirst().item());
          for (int k = 0; k < 20; k++) { // what the recording uses is not given to others
            device.full(DType.FLOAT32, Shape.of(64), Double.NaN);
            device.full(DType.FLOAT32, Shape.SCALAR, Double.NaN);
          }
        }
      }
      long held = plan.bytes();
      long live = device.memory().live();
      long misses = device.memory().misses();
      try (Scope _ = device.scope(); Tensor x = device.ones(64)) {
        for (int i = 0; i < manyReplays(); i++) {
          plan.run(x);
        }
      }
      assertEquals(held, plan.bytes());
      assertEquals(live, device.memory().live());
      assertEquals(misses, device.memory().misses(), "nothing came from the system");
    }
    assertEquals(before, device.memory().live());
  }

  @Test
  void aClosedTensorEndsTheRecordingNotTheMemory() {
    try (Scope _ = device.scope()) {
      Tensor[] scale = {device.full(DType.FLOAT32, Shape.of(8), 2).persist()};
      try (Plan plan = Plan.of(device, in -> List.of(in.get(0).mul(scale[0])))) {
        Tensor x = device.ones(8);
        plan.run(x);
        plan.run(x);
        assertEquals(1, plan.recordings());
        scale[0].close();
        assertTrue(assertThrows(AthanorException.class, () -> plan.run(x)).getMessage().contains("use of a closed tensor"));
        scale[0] = device.full(DType.FLOAT32, Shape.of(8), 5).persist();
        for (int i = 0; i < 3; i++) {
          assertEquals(40, plan.run(x).getFirst().sum().item());
        }
        assertEquals(1, plan.recordings());
      }
      scale[0].close();
    }
  }

  @Test
  void changesByReplaysAreSeenByTheGraph() {
    Tensor w = device.ones(3).persist();
    Tensor v = device.ones(3).persist().requiresGrad(true);
    try (Scope _ = device.scope(); Plan plan = Plan.of(device, in -> {
      w.addInPlace(in.get(0));
      return List.of();
    })) {
      Tensor x = device.ones(3);
      plan.run(x);
      plan.run(x);
      Tensor y = v.mul(w).sum(); // saves w
      plan.run(x);
      assertTrue(assertThrows(AthanorException.class, y::backward).getMessage().contains("a replayed plan"));
      assertFalse(plan.calls() == 0);
    } finally {
      w.close();
      v.close();
    }
  }
}
