package dev.athanor.conformance.training;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.autograd.Tape;
import dev.athanor.backend.Backend;
import dev.athanor.data.ArrayDataset;
import dev.athanor.data.Dataset;
import dev.athanor.data.Target;
import dev.athanor.exec.Plan;
import dev.athanor.io.Json;
import dev.athanor.loss.BinaryCrossEntropy;
import dev.athanor.loss.CrossEntropy;
import dev.athanor.loss.Loss;
import dev.athanor.loss.MeanSquaredError;
import dev.athanor.loss.Reduction;
import dev.athanor.metric.Accuracy;
import dev.athanor.metric.MeanAbsoluteError;
import dev.athanor.metric.Metric;
import dev.athanor.nn.Activation;
import dev.athanor.nn.BatchNorm;
import dev.athanor.nn.Dropout;
import dev.athanor.nn.Layer;
import dev.athanor.nn.Linear;
import dev.athanor.nn.Sequential;
import dev.athanor.optim.Optimizer;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Scope;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import dev.athanor.train.Callback;
import dev.athanor.train.Checkpoint;
import dev.athanor.train.DivergenceException;
import dev.athanor.train.EarlyStopping;
import dev.athanor.train.Evaluation;
import dev.athanor.train.History;
import dev.athanor.train.ProgressBar;
import dev.athanor.train.Trainer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Whole training runs: what they reach, report and refuse. Extend it in a backend's tests. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class TrainerConformance {
  private Device device;
  @TempDir Path folder;

  /** For subclasses. */
  protected TrainerConformance() {}

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

  private Layer network(long seed) {
    return new Sequential(new Linear(4, 8), Activation.relu(), new Linear(8, 3)).initialize(device, seed);
  }

  private static Trainer.Builder classifier(Layer model) {
    return Trainer.of(model, new CrossEntropy(), m -> Optimizer.adam(m, 0.02)).batch(16).seed(3).metric(new Accuracy());
  }

  private static AthanorException fails(org.junit.jupiter.api.function.Executable call, String... parts) {
    AthanorException e = assertThrows(AthanorException.class, call);
    for (String part : parts) {
      assertTrue(e.getMessage().contains(part), () -> "the message should say '" + part + "': " + e.getMessage());
    }
    return e;
  }

  @Test
  void learnsClasses() {
    try (Layer model = network(1); Trainer trainer = classifier(model).epochs(8).validation(Made.clouds(30)).build()) {
      History history = trainer.fit(Made.clouds(120));
      assertEquals(8, history.epochs().size());
      assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8), history.epochs().stream().map(History.Epoch::number).toList());
      assertTrue(history.last().train().loss() < 0.3 * history.epochs().getFirst().train().loss(), history::toString);
      assertTrue(history.last().validation().orElseThrow().get("accuracy") > 0.95, history::toString);
      assertFalse(trainer.wasStopped());
      assertEquals(8 * 8, trainer.optimizer().steps());
    }
  }

  @Test
  void learnsNumbersInFloat64() {
    try (Layer model = new Linear(1).initialize(device, DType.FLOAT64, 1);
        Trainer trainer = Trainer.of(model, new MeanSquaredError(), m -> Optimizer.sgd(m, 0.05, 0.9, false)).epochs(40).batch(8)
            .metric(new MeanAbsoluteError()).build()) {
      trainer.fit(Made.line(64));
      assertTrue(trainer.evaluate(Made.line(64)).get("mae") < 1e-3, () -> trainer.history().toString());
      assertEquals(DType.FLOAT64, model.parameters().get("weight").dtype());
      double[] weight = model.parameters().get("weight").toDoubles();
      assertArrayEquals(new double[] {3, -1}, weight, 1e-2);
    }
  }

  /** 70 examples in batches of 32, 32 and 6: means weigh each example the same. */
  @Test
  void evaluationIsTheMeanOverExamples() {
    Dataset data = Made.clouds(270); // evaluation takes batches of 256
    try (Layer model = network(2); Trainer trainer = classifier(model).build(); Scope _ = device.scope(); var _ = Tape.noGrad()) {
      Evaluation found = trainer.evaluate(data);
      float[] logits = trainer.predict(data).toFloats();
      double loss = 0;
      int right = 0;
      for (int i = 0; i < 270; i++) {
        double sum = 0;
        int best = 0;
        for (int c = 0; c < 3; c++) {
          sum += Math.exp(logits[3 * i + c]);
          best = logits[3 * i + c] > logits[3 * i + best] ? c : best;
        }
        loss += Math.log(sum) - logits[3 * i + i % 3];
        right += best == i % 3 ? 1 : 0;
      }
      assertEquals(loss / 270, found.loss(), 1e-5);
      assertEquals(right / 270.0, found.get("accuracy"), 1e-12);
      fails(() -> found.get("recall"), "no metric 'recall'", "accuracy");
    }
  }

  @Test
  void runningMeansOfAnEpochWeighExamples() {
    Loss constant = (y, t) -> y.mul(0).sum().add(t.dim(0)); // the batch's size: (16·16 + 16·16 + 8·8) / 40
    try (Layer model = network(1); Trainer trainer = Trainer.of(model, constant, m -> Optimizer.sgd(m, 0.1)).epochs(1).batch(16)
        .build()) {
      assertEquals((16 * 16 + 16 * 16 + 8 * 8) / 40.0, trainer.fit(Made.clouds(40)).last().train().loss(), 1e-12);
    }
  }

  @Test
  void predictsInOrderInEvaluationMode() {
    Dataset data = Made.clouds(300);
    try (Layer model = new Sequential(new Linear(4, 6), new BatchNorm(6), new Dropout(0.5), new Linear(6, 3))
        .initialize(device, 1);
        Trainer trainer = classifier(model).epochs(1).build()) {
      trainer.fit(data);
      assertTrue(model.isTraining());
      try (Scope _ = device.scope(); var _ = Tape.noGrad()) {
        Tensor all = trainer.predict(data);
        assertTrue(model.isTraining(), "the mode is put back");
        assertEquals(Shape.of(300, 3), all.shape());
        assertArrayEquals(all.toFloats(), trainer.predict(data).toFloats());
        Tensor row = trainer.predict(data.subset(new int[] {277}));
        assertArrayEquals(all.slice(0, 277, 278).toFloats(), row.toFloats(), 1e-6f);
      }
    }
  }

  @Test
  void validationShareIsNeverTrainedOn() {
    List<Long> sizes = new ArrayList<>();
    try (Layer model = network(1); Trainer trainer = classifier(model).epochs(2).validationSplit(0.25).callback(new Callback() {
          @Override
          public void onStart(Run run) {
            sizes.add(run.examples());
          }
        }).build()) {
      History history = trainer.fit(Made.clouds(60));
      assertEquals(List.of(45L), sizes);
      assertTrue(history.last().validation().isPresent());
    }
  }

  /** Reports what it is told to, epoch by epoch, of validation data. */
  private final class Scripted implements Metric, Callback {
    private final double[] values;
    private int epoch;

    Scripted(double... values) {
      this.values = values;
    }

    @Override
    public String name() {
      return "scripted";
    }

    @Override
    public Tensor of(Tensor prediction, Tensor target) {
      Plan.forbid(device, "a script");
      return device.scalar(DType.FLOAT64, values[epoch]);
    }

    @Override
    public void onEpoch(Run run, History.Epoch done) {
      epoch++;
    }
  }

  @Test
  void stopsEarlyAndPutsTheBestBack() {
    var script = new Scripted(0.1, 0.5, 0.55, 0.5, 0.9, 1.0);
    List<Map<String, List<Double>>> epochs = new ArrayList<>();
    Path file = folder.resolve("best.safetensors");
    try (Layer model = network(1);
        Trainer trainer = classifier(model).metric(script).callback(script).callback(new Callback() {
          @Override
          public void onEpoch(Run run, History.Epoch epoch) {
            epochs.add(Made.numbers(model));
          }
        }).epochs(6).validation(Made.clouds(12)).earlyStopping(new EarlyStopping("scripted", 2, 0.1, true)).checkpoint(file)
            .build()) {
      History history = trainer.fit(Made.clouds(48));
      assertEquals(4, history.epochs().size(), "0.55 is no improvement by 0.1, nor is 0.5: two epochs without");
      assertEquals(0.5, history.epochs().get(1).train().get("scripted"), 1e-12, "the means begin anew with each epoch");
      assertEquals(epochs.get(1), Made.numbers(model), "the second epoch was the best");
      assertNotEquals(epochs.get(3), epochs.get(1));
      try (Layer loaded = network(9)) {
        Checkpoint.loadModel(loaded, file);
        assertEquals(epochs.get(1), Made.numbers(loaded), "the checkpoint's model is the best one too");
      }
    }
    fails(() -> classifier(network(1)).earlyStopping(new EarlyStopping(2)).build(), "validation");
    fails(() -> new EarlyStopping(-1), "negative");
    try (Layer model = network(1); Trainer t = classifier(model).validation(Made.clouds(9))
        .earlyStopping(new EarlyStopping("f1", 1, 0, true))
        .build()) {
      fails(() -> t.fit(Made.clouds(48)), "no metric 'f1'", "accuracy");
    }
  }

  /** Writes down what it hears. */
  private record Log(String name, List<String> heard, String failAt) implements Callback {
    private void hear(String what) {
      heard.add(name + " " + what);
      if (what.equals(failAt)) {
        throw new IllegalStateException("failing at " + what);
      }
    }

    @Override
    public void onStart(Run run) {
      hear("start");
    }

    @Override
    public void onStep(Run run) {
      assertTrue(Double.isFinite(run.loss()) && run.batches() == 2 && run.epochs() == 2);
      assertEquals(2 * (run.epoch() - 1) + run.batch(), run.step());
      hear("step " + run.step());
    }

    @Override
    public void onEpoch(Run run, History.Epoch epoch) {
      hear("epoch " + epoch.number());
    }

    @Override
    public void onEnd(Run run) {
      hear("end");
    }
  }

  @Test
  void callbacksHearInOrder() {
    List<String> heard = new ArrayList<>();
    try (Layer model = network(1); Trainer t = classifier(model).epochs(2).callback(new Log("a", heard, ""))
        .callback(new Log("b", heard, ""))
        .build()) {
      t.fit(Made.clouds(32));
    }
    assertEquals(List.of("a start", "b start", "a step 1", "b step 1", "a step 2", "b step 2", "a epoch 1", "b epoch 1",
        "a step 3",
        "b step 3", "a step 4", "b step 4", "a epoch 2", "b epoch 2", "a end", "b end"), heard);
  }

  @Test
  void everyCallbackHearsOfTheEnd() {
    for (String at : List.of("start", "step 2", "epoch 1", "end")) {
      List<String> heard = new ArrayList<>();
      try (Layer model = network(1); Trainer t = classifier(model).epochs(2).callback(new Log("a", heard, at))
          .callback(new Log("b", heard, "")).build()) {
        var e = assertThrows(IllegalStateException.class, () -> t.fit(Made.clouds(32)));
        assertEquals("failing at " + at, e.getMessage());
      }
      assertEquals(List.of("a end", "b end"), heard.subList(heard.size() - 2, heard.size()), at);
    }
  }

  @Test
  void historyIsJsonLines() {
    try (Layer model = network(1); Trainer t = classifier(model).epochs(2).validation(Made.clouds(9)).build()) {
      t.fit(Made.clouds(48));
      String[] lines = t.history().toJsonLines().split("\n");
      assertEquals(2, lines.length);
      for (int i = 0; i < 2; i++) {
        Map<?, ?> epoch = (Map<?, ?>) Json.parse("history", lines[i]);
        History.Epoch e = t.history().epochs().get(i);
        assertEquals(List.of("epoch", "train", "validation", "learning_rate", "seconds"), List.copyOf(epoch.keySet()));
        assertEquals((long) (i + 1), epoch.get("epoch"));
        assertEquals(Map.of("loss", e.train().loss(), "accuracy", e.train().get("accuracy")), epoch.get("train"));
        assertEquals(0.02, epoch.get("learning_rate"));
      }
      t.fit(Made.clouds(48));
      assertEquals(2, t.history().epochs().size(), "each fit has a history of its own");
      assertEquals(2 * 2 * 3, t.optimizer().steps(), "but trains on with the same optimizer");
    }
  }

  @Test
  void progressBarOnATerminalAndLinesElsewhere() {
    for (boolean terminal : new boolean[] {true, false}) {
      var bytes = new ByteArrayOutputStream();
      try (Layer model = network(1); Trainer t = classifier(model).epochs(2).validation(Made.clouds(9))
          .callback(new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, 200)).build()) {
        t.fit(Made.clouds(48));
      }
      String text = bytes.toString(StandardCharsets.UTF_8);
      String[] lines = text.split("\n");
      assertEquals(2, lines.length, text);
      for (int i = 0; i < 2; i++) {
        String last = lines[i].substring(lines[i].lastIndexOf('\r') + 1).strip();
        assertTrue(last.matches("epoch " + (i + 1) + "/2  loss \\d+\\.\\d{4}  accuracy \\d\\.\\d{4}  "
            + "validation loss \\d+\\.\\d{4}  accuracy \\d\\.\\d{4}  [\\d,]+ examples/s  \\d+\\.\\d s"), last);
      }
      assertEquals(terminal, text.contains("\r"), text);
      if (terminal) {
        assertTrue(lines[0].matches("(?s)\repoch 1/2 \\[=+>? *\\] \\d/3  loss .*examples/s  \\d+:\\d\\d left.*\r.*"), lines[0]);
      }
    }
  }

  @Test
  void progressBarStaysWithinANarrowTerminal() {
    for (int columns : new int[] {20, 60, 100}) {
      var bytes = new ByteArrayOutputStream();
      try (Layer model = network(1); Trainer t = classifier(model).epochs(1)
          .callback(new ProgressBar(new PrintStream(bytes, true, StandardCharsets.UTF_8), true, columns)).build()) {
        t.fit(Made.clouds(48));
      }
      String rewritten = bytes.toString(StandardCharsets.UTF_8).split("\r")[1];
      assertTrue(rewritten.length() < columns, rewritten);
      assertTrue(rewritten.startsWith("epoch 1/1 " + (columns == 100 ? "[" : "1/3")), rewritten);
    }
  }

  // ---- what gets a clear error

  @Test
  void wrongDataIsRefused() {
    try (Layer model = network(1)) {
      fails(() -> classifier(model).batch(100).build().fit(Made.clouds(30)), "batch of 100", "30 examples");
      fails(() -> classifier(model).build().evaluate(Made.clouds(30).subset(new int[0])), "no examples");
      fails(() -> Trainer.of(model, new MeanSquaredError(), m -> Optimizer.sgd(m, 1)).build().fit(Made.clouds(32)),
          "MeanSquaredError",
          "classes", "CrossEntropy");
      fails(() -> Trainer.of(model, new BinaryCrossEntropy(), m -> Optimizer.sgd(m, 1)).build().fit(Made.clouds(32)),
          "BinaryCrossEntropy", "CrossEntropy");
      ArrayDataset numbers = ArrayDataset.values("numbers", new float[32 * 4], Shape.of(4), new float[32], Shape.of(1));
      fails(() -> classifier(model).build().fit(numbers), "CrossEntropy", "float32[16, 1]", "MeanSquaredError");
      fails(() -> Trainer.of(model, new MeanSquaredError(), m -> Optimizer.sgd(m, 1)).build().fit(numbers), "MeanSquaredError",
          "[32, 1]",
          "[32, 3]");
      ArrayDataset none = ArrayDataset.values("new", new float[32 * 4], Shape.of(4), new float[0], Shape.of(0));
      fails(() -> classifier(model).build().fit(none), "new has no targets");
      fails(() -> classifier(model).build().evaluate(none), "new has no targets");
      try (Scope _ = device.scope()) {
        assertEquals(Shape.of(32, 3), classifier(model).build().predict(none).shape(), "but can be predicted from");
      }
      fails(() -> Trainer.of(model, new CrossEntropy(Reduction.NONE), m -> Optimizer.sgd(m, 1)).build().fit(Made.clouds(32)),
          "single number", "[32]");
      ArrayDataset five = ArrayDataset.classes("five", new float[40 * 4], Shape.of(4), new int[40],
          List.of("a", "b", "c", "d", "e"));
      fails(() -> classifier(model).build().fit(five), "3 outputs", "5 classes");
      fails(() -> classifier(model).build().fit(Made.line(32)), "linear", "4", "2");
    }
    fails(() -> Trainer.of(new Linear(1, 1), new CrossEntropy(), m -> Optimizer.sgd(m, 1)), "initialize");
  }

  /** Data with values of its own choice in one place. */
  private record Spoiled(Dataset good, int at, float feature, long label) implements Dataset {
    @Override
    public String name() {
      return "spoiled";
    }

    @Override
    public int size() {
      return good.size();
    }

    @Override
    public Shape featureShape() {
      return good.featureShape();
    }

    @Override
    public Target target() {
      return good.target();
    }

    @Override
    public void copyFeatures(int index, MemorySegment into, long offset) {
      good.copyFeatures(index, into, offset);
      if (index == at && feature != 0) {
        into.set(ValueLayout.JAVA_FLOAT, offset + 4, feature);
      }
    }

    @Override
    public void copyTarget(int index, MemorySegment into, long offset) {
      good.copyTarget(index, into, offset);
      if (index == at && label >= 0) {
        into.set(ValueLayout.JAVA_LONG, offset, label);
      }
    }
  }

  @Test
  void labelsOutOfRangeAreRefused() {
    try (Layer model = network(1)) {
      fails(() -> classifier(model).build().fit(new Spoiled(Made.clouds(48), 5, 0, 3)), "spoiled", "label 3", "epoch 1",
          "0 to 2");
      fails(() -> classifier(model).build().evaluate(new Spoiled(Made.clouds(48), 40, 0, 7)), "label 7", "place 41");
    }
  }

  @Test
  void dataThatIsNotFiniteIsNamed() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      try (Layer model = network(1)) {
        var e = assertThrows(DivergenceException.class, () -> classifier(model).build()
            .fit(new Spoiled(Made.clouds(48), 5, bad, -1)));
        assertTrue(e.getMessage().contains("the batch itself holds values that are not finite"), e.getMessage());
      }
    }
  }

  /** Divides by zero in training, from a certain call on. */
  private static final class Faulty extends Layer {
    private final int from;
    private int calls;

    Faulty(int from) {
      this.from = from;
    }

    @Override
    protected Tensor forward(Tensor x) {
      Plan.forbid(device(), "a layer that counts");
      return isTraining() && ++calls >= from ? x.div(0) : x;
    }
  }

  @Test
  void lossThatIsNotFiniteNamesStepAndLayer() {
    Path file = folder.resolve("good.safetensors");
    Layer model = new Sequential(new Linear(4, 8), Activation.relu(), new Dropout(0.5), new Faulty(6), new Linear(8, 3))
        .initialize(device, 1);
    Map<Long, Map<String, List<Double>>> after = new java.util.HashMap<>();
    try (model; Trainer t = classifier(model).epochs(5).checkpoint(file).checkpointEvery(2).callback(new Callback() {
          @Override
          public void onStep(Run run) {
            after.put(run.step(), Made.numbers(model));
          }
        }).build()) {
      var e = assertThrows(DivergenceException.class, () -> t.fit(Made.clouds(64))); // 4 steps an epoch
      for (String part : List.of("step 6 (epoch 2, batch 2)", "'3', Faulty()", "The checkpoint of step 4 is kept in " + file,
          "learning rate")) {
        assertTrue(e.getMessage().contains(part), () -> part + " in " + e.getMessage());
      }
      try (Layer kept = new Sequential(new Linear(4, 8), Activation.relu(), new Dropout(0.5), new Faulty(6), new Linear(8, 3))
          .initialize(device, 2)) {
        Checkpoint.loadModel(kept, file);
        assertEquals(after.get(4L), Made.numbers(kept));
      }
    }
  }

  /** Divides by the first element. */
  private static final class ByFirst extends Layer {
    @Override
    protected Tensor forward(Tensor x) {
      return x.div(x.slice(0, 0, 1).slice(1, 0, 1));
    }
  }

  /** Whether the first element is dropped is chance: the step is looked at again with the same random numbers. */
  @Test
  void theStepThatWentWrongIsLookedAtAgainWithTheSameRandomNumbers() {
    for (int seed = 0; seed < 8; seed++) {
      try (Layer model = new Sequential(new Dropout(0.5), new ByFirst(), new Linear(4, 3)).initialize(device, seed);
          Trainer t = Trainer.of(model, new CrossEntropy(), m -> Optimizer.sgd(m, 1e-6)).epochs(50).batch(16).build()) {
        var e = assertThrows(DivergenceException.class, () -> t.fit(Made.clouds(64)));
        assertTrue(e.getMessage().contains("'1', ByFirst()"), e.getMessage());
      }
    }
  }

  @Test
  void divergingLearningRateIsNamed() {
    Path file = folder.resolve("diverging.safetensors");
    try (Layer model = new Sequential(new Linear(2, 4), new Linear(4, 1)).initialize(device, 1);
        Trainer t = Trainer.of(model, new MeanSquaredError(), m -> Optimizer.sgd(m, 1e6)).epochs(50).batch(8).checkpoint(file)
            .build()) {
      var e = assertThrows(DivergenceException.class, () -> t.fit(Made.line(16)));
      assertTrue(e.getMessage().contains("smaller learning rate"), e.getMessage());
      assertTrue(e.getMessage().matches("(?s)training stopped at step \\d+.*"), e.getMessage());
    }
  }

  /** A loss whose value is finite and whose gradient is not: √0. */
  @Test
  void parametersThatAreNotFiniteAreFoundAtTheEndOfAnEpoch() {
    try (Layer model = network(1); Trainer t = Trainer.of(model, (y, _) -> y.mul(0).sum().sqrt(), m -> Optimizer.sgd(m, 0.1))
        .epochs(1)
        .batch(32).build()) {
      var e = assertThrows(DivergenceException.class, () -> t.fit(Made.clouds(32)));
      assertTrue(e.getMessage().contains("step 1: parameter '0.weight' is not finite"), e.getMessage());
    }
  }

  @Test
  void aFileThatCannotBeWrittenIsFoundBeforeTraining() throws Exception {
    try (Layer model = network(1)) {
      Map<String, List<Double>> before = Made.numbers(model);
      fails(() -> classifier(model).checkpoint(folder.resolve("no/such/file")).build().fit(Made.clouds(32)), "does not exist");
      Path plain = Files.createFile(folder.resolve("plain"));
      fails(() -> classifier(model).checkpoint(plain.resolve("file")).build().fit(Made.clouds(32)), "cannot write");
      fails(() -> classifier(model).checkpoint(folder).build().fit(Made.clouds(32)), "is a folder");
      assertEquals(before, Made.numbers(model));
    }
  }

  @Test
  void aFolderThatGoesAwayEndsTrainingWithOneMessage() throws Exception {
    Path gone = Files.createDirectory(folder.resolve("gone"));
    Path moved = folder.resolve("moved");
    try (Layer model = network(1); Trainer t = classifier(model).epochs(3).checkpoint(gone.resolve("run"))
        .callback(new Callback() {
          @Override
          public void onEpoch(Run run, History.Epoch epoch) {
            if (epoch.number() == 2) {
              assertTrue(gone.toFile().renameTo(moved.toFile()));
            }
          }
        }).build()) {
      fails(() -> t.fit(Made.clouds(32)), "training stopped at step 4", "cannot be written", "does not exist");
      try (Layer loaded = network(2)) {
        assertNotNull(Checkpoint.loadModel(loaded, moved.resolve("run")).get(Checkpoint.KEY));
      }
    }
  }

  // ---- stopping

  @Test
  void stopsFromAnotherThreadWithACheckpoint() throws Exception {
    Path file = folder.resolve("stopped.safetensors");
    var going = new CountDownLatch(5);
    try (Layer model = network(1); Trainer t = classifier(model).epochs(1_000_000).checkpoint(file).callback(new Callback() {
          @Override
          public void onStep(Run run) {
            going.countDown();
          }
        }).build()) {
      Thread other = Thread.ofPlatform().start(() -> {
        try {
          going.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        t.stop();
      });
      t.fit(Made.clouds(96));
      other.join();
      assertTrue(t.wasStopped());
      assertTrue(t.optimizer().steps() >= 5);
      try (Layer loaded = network(2)) {
        Checkpoint.loadModel(loaded, file);
        assertEquals(Made.numbers(model), Made.numbers(loaded));
      }
    }
  }

  @Test
  void stopBeforeFitEndsItBeforeItsFirstStep() {
    Path file = folder.resolve("early.safetensors");
    try (Layer model = network(1); Trainer t = classifier(model).epochs(2).checkpoint(file).build()) {
      t.stop();
      assertEquals(0, t.fit(Made.clouds(32)).epochs().size());
      assertTrue(t.wasStopped());
      assertTrue(Files.exists(file));
      assertEquals(2, t.fit(Made.clouds(32)).epochs().size());
      assertFalse(t.wasStopped());
    }
  }

  @Test
  void stopAtTheVeryEndIsNoStop() {
    try (Layer model = network(1); Trainer t = classifier(model).epochs(1).callback(new Callback() {
          @Override
          public void onStep(Run run) {
            if (run.batch() == run.batches()) {
              run.trainer().stop();
            }
          }
        }).build()) {
      assertEquals(1, t.fit(Made.clouds(32)).epochs().size());
      assertFalse(t.wasStopped());
    }
  }

  @Test
  void layersBuiltAtTheFirstBatchComeToTheSameBits() {
    List<Map<String, List<Double>>> found = new ArrayList<>();
    for (boolean lazy : new boolean[] {false, true}) {
      try (Layer model = new Sequential(lazy ? new Linear(8) : new Linear(4, 8), new BatchNorm(lazy ? 0 : 8), new Dropout(0.2),
          lazy ? new Linear(3) : new Linear(8, 3)).initialize(device, 5); Trainer t = classifier(model).epochs(2).build()) {
        assertEquals(!lazy, model.isBuilt());
        t.fit(Made.clouds(48));
        found.add(Made.numbers(model));
      }
    }
    assertEquals(found.get(0), found.get(1));
  }

  /** No step leaves memory behind. */
  @Test
  void memoryIsTheSameAfterEveryEpoch() throws InterruptedException {
    for (int i = 0; i < 5; i++) { // what earlier tests left unreachable must not come back meanwhile
      System.gc();
      Thread.sleep(10);
      device.memory();
    }
    List<Long> live = new ArrayList<>();
    try (Layer model = new Sequential(new Linear(4, 8), new BatchNorm(8), Activation.relu(), new Dropout(0.1), new Linear(8, 3))
        .initialize(device, 1); Trainer t = classifier(model).epochs(5).validation(Made.clouds(9)).clipNorm(1)
            .earlyStopping(new EarlyStopping(3)).callback(new Callback() {
              @Override
              public void onEpoch(Run run, History.Epoch epoch) {
                live.add(device.memory().live());
              }
            }).build()) {
      t.fit(Made.clouds(48));
    }
    List<Long> steady = live.subList(1, live.size() - 1);
    assertEquals(java.util.Collections.nCopies(steady.size(), live.get(1)), steady);
    assertTrue(live.getLast() <= live.get(1), () -> "no batch is sent ahead behind the last epoch: " + live);
  }
}
