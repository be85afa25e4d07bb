package dev.athanor.conformance.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.Backend;
import dev.athanor.backend.OptimizerRule;
import dev.athanor.data.Dataset;
import dev.athanor.io.Json;
import dev.athanor.io.SafeTensors;
import dev.athanor.io.SafeTensorsFile;
import dev.athanor.io.StoredTensor;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.metric.Accuracy;
import dev.athanor.metric.Metric;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.nn.Weights;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.Callback;
import dev.athanor.train.Checkpoint;
import dev.athanor.train.EarlyStopping;
import dev.athanor.train.History;
import dev.athanor.train.Trainer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A run that was interrupted, at any step, and resumed comes to the same bits as one that was not; and a checkpoint that does not
 * fit changes nothing. Extend it in a backend's tests.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ResumeConformance {
  private static final int EPOCHS = 4;
  /** 63 examples, a third for validation: 42 to train on, in batches of 8: 6 steps an epoch, the last of 2. */
  private static final int STEPS = 6;

  private Device device;
  @TempDir Path folder;

  /** For subclasses. */
  protected ResumeConformance() {}

  /** Opens the backend to test. */
  protected abstract Backend open();

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

  private static Dataset data() {
    return Made.clouds(63);
  }

  private Layer model(long seed) {
    return new Sequential(new Linear(10), new BatchNorm(0), Activation.relu(), new Dropout(0.3), new Linear(10, 6),
        Activation.tanh(),
        new Dropout(0.1), new Linear(6, 3)).initialize(device, seed);
  }

  private static Trainer.Builder trainer(Layer model, OptimizerRule rule) {
    return Trainer.of(model, new CrossEntropy(), m -> new Optimizer(rule, 0.02, m)).epochs(EPOCHS).batch(8).seed(5)
        .validationSplit(1.0 / 3).metric(new Accuracy()).clipNorm(2).earlyStopping(new EarlyStopping(2));
  }

  private static OptimizerRule adam() {
    return new OptimizerRule.Adam(0.9, 0.999, 1e-8, 0.01, true, false, false);
  }

  /** All that a checkpoint says, but for how long things took. */
  private static Map<String, Object> contents(Path file) {
    var all = new TreeMap<String, Object>();
    try (SafeTensorsFile stored = SafeTensors.open(file)) {
      for (StoredTensor t : stored.tensors()) {
        byte[] bytes = new byte[Math.toIntExact(t.bytes())];
        stored.read(t.name(), MemorySegment.ofArray(bytes));
        all.put(t.name(), t.type() + Arrays.toString(t.shape()) + Arrays.toString(bytes));
      }
      all.put("counters", stored.metadata().get(Checkpoint.KEY).replaceAll("\"seconds\":[^},]*", ""));
    }
    return all;
  }

  private record Outcome(Map<String, Object> checkpoint, Map<String, List<Double>> model, List<Object> history) {}

  private Outcome finish(OptimizerRule rule, long seed, Path file, Path from) {
    try (Layer model = model(seed)) {
      Trainer.Builder b = trainer(model, rule).checkpoint(file);
      if (from != null) {
        b.resume(from);
      }
      try (Trainer t = b.build()) {
        List<Object> history = new ArrayList<>();
        for (History.Epoch e : t.fit(data()).epochs()) {
          history.add(List.of(e.number(), e.train(), e.validation(), e.learningRate()));
        }
        return new Outcome(contents(file), Made.numbers(model), history);
      }
    }
  }

  /** Checkpoints after every step, and the outcome of the run that wrote them. */
  private Outcome uninterrupted(OptimizerRule rule, Path steps) {
    try (Layer model = model(1); Trainer t = trainer(model, rule).checkpoint(steps.resolve("run")).checkpointEvery(1)
        .callback(new Callback() {
          @Override
          public void onStep(Run run) {
            keep(run.step() - 1); // this callback comes before the step's checkpoint
          }

          @Override
          public void onEpoch(Run run, History.Epoch epoch) {
            keep(run.step());
          }

          private void keep(long step) {
            try {
              if (step > 0) {
                Files.copy(steps.resolve("run"), steps.resolve("run-" + step), StandardCopyOption.REPLACE_EXISTING);
              }
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          }
        }).build()) {
      t.fit(data());
    }
    return finish(rule, 1, steps.resolve("plain"), null);
  }

  @TestFactory
  Stream<DynamicTest> killedAfterAnyStep() throws IOException {
    var rules = new TreeMap<String, OptimizerRule>(Map.of("adam", adam(), "nesterov", new OptimizerRule.Sgd(0.9, 0, true, 1e-3)));
    return rules.entrySet().stream().flatMap(rule -> {
      Path steps = folder.resolve(rule.getKey());
      assertTrue(steps.toFile().mkdir());
      Outcome whole = uninterrupted(rule.getValue(), steps);
      int last = whole.history.size() * STEPS;
      assertTrue(last >= 2 * STEPS, "early stopping came too early for this test to say anything");
      return IntStream.of(1, 3, 5, STEPS, STEPS + 1, 2 * STEPS - 1, 2 * STEPS, last - 1, last).distinct().mapToObj(step ->
          DynamicTest.dynamicTest(rule.getKey() + ", step " + step, () ->
              assertEquals(whole, finish(rule.getValue(), 77 + step, steps.resolve("resumed-" + step),
                  steps.resolve("run-" + step)))));
    });
  }

  @TestFactory
  Stream<DynamicTest> stoppedAndResumedAgainAndAgain() {
    return Stream.of(1, 4).map(every -> DynamicTest.dynamicTest("every " + every + " steps", () -> {
      Outcome whole = finish(adam(), 1, folder.resolve("whole-" + every), null);
      Path file = folder.resolve("stopped-" + every);
      Path from = null;
      for (int run = 0; run < 100; run++) {
        try (Layer model = model(run + 1)) {
          Trainer.Builder b = trainer(model, adam()).checkpoint(file).callback(stopAfter(every));
          if (from != null) {
            b.resume(from);
          }
          try (Trainer t = b.build()) {
            t.fit(data());
            if (!t.wasStopped()) {
              assertEquals(whole.model, Made.numbers(model));
              assertEquals(whole.checkpoint, contents(file));
              return;
            }
          }
        }
        from = file;
      }
      throw new AssertionError("the run came to no end");
    }));
  }

  private static Callback stopAfter(int steps) {
    return new Callback() {
      private int done;

      @Override
      public void onStep(Run run) {
        if (++done == steps) {
          run.trainer().stop();
        }
      }
    };
  }

  /** No epoch is better by 10 than the first: three epochs are waited for, and the first epoch's model is put back. */
  @Test
  void theBestEpochBeforeTheInterruptionIsPutBack() {
    UnaryOperator<Trainer.Builder> patient = b -> b.epochs(9).earlyStopping(new EarlyStopping("accuracy", 3, 10, true));
    List<Map<String, List<Double>>> ends = new ArrayList<>();
    List<Map<String, List<Double>>> first = new ArrayList<>();
    for (int stop : new int[] {0, STEPS + 2, 3 * STEPS + 1}) {
      Path file = folder.resolve("patient-" + stop);
      if (stop > 0) {
        try (Layer model = model(1);
            Trainer t = patient.apply(trainer(model, adam())).checkpoint(file).callback(stopAfter(stop)).build()) {
          t.fit(data());
          assertTrue(t.wasStopped());
        }
      }
      try (Layer model = model(stop + 1)) {
        Trainer.Builder b = patient.apply(trainer(model, adam())).checkpoint(file).callback(new Callback() {
          @Override
          public void onEpoch(Run run, History.Epoch epoch) {
            if (epoch.number() == 1) {
              first.add(Made.numbers(model));
            }
          }
        });
        try (Trainer t = stop > 0 ? b.resume(file).build() : b.build()) {
          assertEquals(4, t.fit(data()).epochs().size(), "stopped at step " + stop);
          ends.add(Made.numbers(model));
        }
      }
    }
    assertEquals(List.of(ends.get(0)), first, "only the first run came by the end of the first epoch");
    assertEquals(ends.get(0), ends.get(1));
    assertEquals(ends.get(0), ends.get(2));
  }

  @Test
  void aFinishedRunIsRestoredAndCanGoOn() {
    Path file = folder.resolve("finished");
    Outcome whole = finish(adam(), 1, file, null);
    assertEquals(whole.model, finish(adam(), 2, file, file).model);
    try (Layer model = model(3); Trainer t = Trainer.of(model, new CrossEntropy(), m -> new Optimizer(adam(), 0.02, m)).epochs(9)
        .batch(8)
        .seed(5).validationSplit(1.0 / 3).metric(new Accuracy()).resume(file).build()) {
      assertEquals(9, t.fit(data()).epochs().size(), "more epochs, and no early stopping any more");
      assertEquals(9 * STEPS, t.optimizer().steps());
    }
  }

  // ---- checkpoints that do not fit

  private void refused(Path file, UnaryOperator<Trainer.Builder> change, Layer model, String... parts) {
    refused(file, change, model, adam(), data(), parts);
  }

  private void refused(Path file, UnaryOperator<Trainer.Builder> change, Layer model, OptimizerRule rule, Dataset data,
      String... parts) {
    try (model; Trainer t = change.apply(trainer(model, rule)).resume(file).build()) {
      if (!model.isBuilt()) {
        t.predict(data);
      }
      Map<String, List<Double>> before = Made.numbers(model);
      AthanorException e = assertThrows(AthanorException.class, () -> t.fit(data));
      for (String part : parts) {
        assertTrue(e.getMessage().contains(part), () -> "the message should say '" + part + "': " + e.getMessage());
      }
      assertTrue(e.getMessage().contains(file.toString()), e::getMessage);
      assertEquals(before, Made.numbers(model), "the model is unchanged");
      assertEquals(0, t.optimizer().steps());
      for (Map.Entry<String, Tensor> s : t.optimizer().state().entrySet()) {
        assertEquals(0, s.getValue().abs().sum().item(), s.getKey());
      }
      assertEquals(0, t.history().epochs().size());
    }
  }

  @Test
  void anotherModelOptimizerOrDataIsRefused() {
    Path file = folder.resolve("other");
    finish(adam(), 1, file, null);
    refused(file, b -> b, new Sequential(new Linear(4, 3)).initialize(device, 1), "another model", "model.");
    refused(file, b -> b, new Sequential(new Linear(12), new BatchNorm(0), Activation.relu(), new Dropout(0.3), new Linear(12, 6),
        Activation.tanh(), new Dropout(0.1), new Linear(6, 3)).initialize(device, 1), "another model", "[10, 4]", "[12, 4]");
    refused(file, b -> b, new Sequential(new Linear(10), new BatchNorm(0), Activation.relu(), new Dropout(0.3), new Linear(10, 6),
        Activation.tanh(), Activation.relu(), new Linear(6, 3)).initialize(device, 1), "another model", "random numbers");
    refused(file, b -> b, new Sequential(new Linear(10), new BatchNorm(0), Activation.relu(), new Dropout(0.3), new Linear(10, 6),
        Activation.tanh(), new Dropout(0.1), new Linear(6, 3)).initialize(device, DType.FLOAT64, 1), "F32", "float64");
    refused(file, b -> b, model(1), new OptimizerRule.Sgd(0, 0, false, 0), data(), "another optimizer", "Adam", "Sgd");
    refused(file, b -> b, model(1), new OptimizerRule.Adam(0.8, 0.999, 1e-8, 0.01, true, false, false), data(),
        "another optimizer", "0.8");
    Metric other = new Metric() {
      @Override
      public String name() {
        return "other";
      }

      @Override
      public Tensor of(Tensor prediction, Tensor target) {
        return prediction.mean();
      }
    };
    refused(file, b -> b.metric(other), model(1), "other metrics", "[accuracy] there, [accuracy, other] here");
    refused(file, b -> b.seed(6), model(1), "another seed", "5 there, 6 here");
    refused(file, b -> b.batch(7), model(1), "another batch size", "8 there, 7 here");
    refused(file, b -> b, model(1), adam(), Made.clouds(66), "number of training examples", "42 there, 44 here");
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    Path good = folder.resolve("good");
    finish(adam(), 1, good, null);
    byte[] bytes = Files.readAllBytes(good);
    Path file = folder.resolve("bad");
    for (int length : new int[] {0, 1, 7, 8, 100, bytes.length / 2, bytes.length - 1}) {
      Files.write(file, Arrays.copyOf(bytes, length));
      refused(file, b -> b, model(1));
    }
    Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));
    refused(file, b -> b, model(1));
    for (long lie : new long[] {Long.MAX_VALUE, -1, 1L << 40, bytes.length, 16}) {
      byte[] lying = bytes.clone();
      ByteBuffer.wrap(lying).order(ByteOrder.LITTLE_ENDIAN).putLong(0, lie);
      Files.write(file, lying);
      refused(file, b -> b, model(1));
    }
    refused(folder.resolve("absent"), b -> b, model(1));
    try (Layer model = model(1)) {
      trainer(model, adam()).build().predict(data()).close();
      Weights.save(model, file, Map.of());
    }
    refused(file, b -> b, model(1), "no checkpoint of a training run");
  }

  /** The counters are checked like the tensors: a file with other ones is not half taken over. */
  @Test
  void damagedCountersAreRefused() throws IOException {
    Path good = folder.resolve("counters");
    finish(adam(), 1, good, null);
    for (String[] change : new String[][] {{"\"step\":", "\"stop\":"}, {"\"loader\":[5,", "\"loader\":[\"5\","},
        {"\"sums\":[", "\"sums\":[1,"}, {"\"optimizer_steps\":", "\"optimizer_steps\":-"},
            {"\"generators\":{", "\"generators\":[{"},
        {"\"history\":[", "\"history\":[7,"}, {"\"loader\":[5,", "\"loader\":[5,-"}, {"\"best\":", "\"worst\":"}}) {
      Path file = folder.resolve("changed");
      rewrite(good, file, text -> {
        assertTrue(text.contains(change[0]), change[0]);
        return text.replace(change[0], change[1]);
      });
      refused(file, b -> b, model(1));
    }
  }

  /** Copies a checkpoint with other counters: a header of another length, the same tensors. */
  private static void rewrite(Path from, Path to, UnaryOperator<String> change) throws IOException {
    byte[] bytes = Files.readAllBytes(from);
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int length = Math.toIntExact(in.getLong(0));
    String header = new String(bytes, 8, length, StandardCharsets.UTF_8);
    @SuppressWarnings("unchecked")
    var json = (Map<String, Object>) Json.parse(from, header);
    @SuppressWarnings("unchecked")
    var metadata = (Map<String, Object>) json.get("__metadata__");
    metadata.compute(Checkpoint.KEY, (_, text) -> change.apply((String) text));
    byte[] changed = Json.write(json).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(changed, (changed.length + 7) / 8 * 8);
    Arrays.fill(padded, changed.length, padded.length, (byte) ' ');
    ByteBuffer out = ByteBuffer.allocate(8 + padded.length + bytes.length - 8 - length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(padded.length).put(padded).put(bytes, 8 + length, bytes.length - 8 - length);
    Files.write(to, out.array());
  }
}
