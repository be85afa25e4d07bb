package dev.athanor.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Train, evaluate and predict, on small data. */
class TrainingTest {
  private static final Pattern RESULT = Pattern.compile("loss [\\d.]+, accuracy ([\\d.]+)");

  @TempDir private Path folder;

  private static double accuracy(Cli cli) {
    Matcher m = RESULT.matcher(cli.out().lines().filter(l -> l.contains(" examples ") && RESULT.matcher(l).find())
        .reduce((a, b) -> b)
        .orElseThrow(() -> new AssertionError(cli.out())));
    assertTrue(m.find());
    return Double.parseDouble(m.group(1));
  }

  private Path csv(String name, String... lines) throws IOException {
    return Files.write(folder.resolve(name), Arrays.asList(lines));
  }

  @Test
  void aTrainedModelIsEvaluatedToTheSameResult() {
    Path run = folder.resolve("run");
    Cli trained = Cli.run("train", "--data", "iris", "--epochs", 30, "--batch", 16, "--lr", 0.01, "--out", run).done()
        .printed("Device: using cpu", "Data: iris", "Model: mlp", "epoch 30/30", "not seen in training", "model.safetensors");
    assertTrue(accuracy(trained) >= 0.9, trained.out());
    Cli evaluated = Cli.run("evaluate", run).done();
    assertEquals(accuracy(trained), accuracy(evaluated));
    assertEquals(accuracy(trained), accuracy(Cli.run("evaluate", run.resolve("checkpoint.safetensors")).done()),
        "the checkpoint holds the same model");
    assertEquals(31, Cli.run("predict", run, "--limit", 50).done().out().lines().count() - 1,
        "a device line, a header, 30 examples");
    Cli.run("predict", run).printed("setosa", "10 more");
    Cli.run("info", run).done().printed("1.weight", "[128, 4]", "F32", "athanor.settings", "\"data\":\"iris\"");
  }

  @Test
  void theSameSeedGivesTheSameFileAndAnotherSeedAnotherOne() throws IOException {
    byte[] a = model("a", 5);
    byte[] b = model("b", 5);
    byte[] c = model("c", 6);
    assertArrayEquals(a, b);
    assertFalse(Arrays.equals(a, c));
  }

  private byte[] model(String name, long seed) throws IOException {
    Path run = folder.resolve(name);
    Cli quiet = Cli.run("train", "--data", "iris", "--epochs", 2, "--seed", seed, "--out", run, "--quiet").done();
    assertEquals(1, quiet.out().lines().count(), quiet.out());
    return Files.readAllBytes(run.resolve("model.safetensors"));
  }

  @Test
  void aScheduledRunGoesOnAsIfItHadNotBeenInterrupted() {
    Object[] how = {"train", "--data", "iris", "--schedule", "cosine", "--warmup", 1, "--accumulate", 2, "--average", 0.9, "--optimizer",
        "nadam", "--weight-decay", 0.01, "--no-decay-on-biases", "--quiet", "--epochs"};
    Path whole = folder.resolve("whole");
    Path parts = folder.resolve("parts");
    Cli.run(java.util.stream.Stream.concat(java.util.Arrays.stream(how), java.util.stream.Stream.of(3, "--out", whole)).toArray()).done();
    Cli.run(java.util.stream.Stream.concat(java.util.Arrays.stream(how), java.util.stream.Stream.of(3, "--out", parts)).toArray()).done();
    Cli.run("train", "--resume", whole, "--epochs", 5, "--quiet").done();
    Cli.run("train", "--resume", parts, "--epochs", 4, "--quiet").done();
    Cli.run("train", "--resume", parts, "--epochs", 5, "--quiet").done();
    assertArrayEquals(weights(whole), weights(parts));
  }

  @Test
  void changedDataGoesOnAsIfItHadNotBeenInterrupted() {
    Object[] how = {"train", "--data", "iris", "--augment", "noise:0.05,contrast:0.1:0.5", "--mix", "mixup", "--quiet"};
    Path whole = folder.resolve("changed-whole");
    Path parts = folder.resolve("changed-parts");
    Cli.run(java.util.stream.Stream.concat(java.util.Arrays.stream(how),
        java.util.stream.Stream.of("--epochs", 4, "--out", whole)).toArray()).done();
    Cli.run(java.util.stream.Stream.concat(java.util.Arrays.stream(how),
        java.util.stream.Stream.of("--epochs", 2, "--out", parts)).toArray()).done();
    Cli.run("train", "--resume", parts, "--epochs", 4, "--quiet").done();
    assertArrayEquals(weights(whole), weights(parts));
  }

  @Test
  void changesOfImagesAreRefusedForOtherData() {
    Path out = folder.resolve("never");
    Cli.run("train", "--data", "iris", "--augment", "rotate", "--out", out).failed("--augment rotate", "images", "noise");
    Cli.run("train", "--data", "iris", "--mix", "cutmix", "--out", out).failed("--mix cutmix", "images", "mixup");
    org.junit.jupiter.api.Assertions.assertFalse(out.toFile().exists());
  }

  private static double[] weights(Path run) {
    try (var stored = dev.athanor.io.SafeTensors.open(run.resolve("model.safetensors"))) {
      return stored.tensors().stream().flatMapToDouble(t -> {
        float[] values = new float[Math.toIntExact(t.bytes() / 4)];
        stored.read(t.name(), java.lang.foreign.MemorySegment.ofArray(values));
        return java.util.stream.IntStream.range(0, values.length).mapToDouble(i -> values[i]);
      }).toArray();
    }
  }

  @Test
  void everyNetworkAndOptimizerLearns() {
    for (String optimizer : Settings.OPTIMIZERS) {
      Path run = folder.resolve(optimizer);
      Cli c = Cli.run("train", "--data", "breast-cancer", "--model", "linear", "--optimizer", optimizer, "--epochs", 15,
          "--lr", optimizer.equals("adadelta") ? 1 : 0.01, "--clip", 10, "--weight-decay", 0.001, "--out", run).done();
      assertTrue(accuracy(c) > 0.9, optimizer + ": " + c.out());
    }
    Cli cnn = Cli.run("train", "--model", "cnn", "--epochs", 1, "--out", folder.resolve("cnn")).done();
    assertTrue(accuracy(cnn) > 0.8, cnn.out());
  }

  @Test
  void activationInitAndLossAreChosenAndKept() {
    Path run = folder.resolve("chosen");
    Cli trained = Cli.run("train", "--data", "breast-cancer", "--model", "mlp", "--activation", "prelu", "--init", "he-normal", "--loss",
        "multi-margin", "--epochs", 5, "--out", run).done();
    assertTrue(accuracy(trained) > 0.9, trained.out());
    Cli evaluated = Cli.run("evaluate", run).done();
    assertEquals(accuracy(trained), accuracy(evaluated));
    assertEquals(loss(trained), loss(evaluated), "the same loss measures it");
    Cli.run("info", run, "--full").done().printed("2.weight", "\"activation\":\"prelu\"", "\"init\":\"he-normal\"",
        "\"loss\":\"multi-margin\"");
    Cli.run("train", "--resume", run, "--epochs", 6).done().printed("epoch 6/6");
  }

  private static String loss(Cli cli) {
    Matcher m = Pattern.compile("loss ([\\d.]+), accuracy .* examples").matcher(cli.out());
    assertTrue(m.find(), cli.out());
    return m.group(1);
  }

  @Test
  void earlyStoppingEndsARun() {
    Cli c = Cli.run("train", "--data", "iris", "--lr", 0.05, "--patience", 2, "--epochs", 500,
        "--out", folder.resolve("run")).done();
    assertFalse(c.out().contains("epoch 500/500"), "500 epochs without overfitting 108 examples");
  }

  @Test
  void csvIsLearnedAndPredictedWithoutItsTarget() throws IOException {
    String[] lines = new String[121];
    String[] unlabelled = new String[121];
    lines[0] = "height,kind,width";
    unlabelled[0] = "id,width,height";
    for (int i = 1; i <= 120; i++) {
      boolean tall = i % 2 == 0;
      lines[i] = (tall ? 10 + i % 7 : 1 + i % 5) + "," + (tall ? "tall" : "flat") + "," + i % 11;
      unlabelled[i] = i + "," + i % 11 + "," + (tall ? 10 + i % 7 : 1 + i % 5);
    }
    Path run = folder.resolve("run");
    assertTrue(accuracy(Cli.run("train", "--data", "csv:" + csv("train.csv", lines), "--target", "kind", "--epochs", 20,
        "--out", run).done()) > 0.95);
    Path answers = folder.resolve("answers.csv");
    Cli.run("predict", run, "--data", "csv:" + csv("new.csv", unlabelled), "--out", answers).done().printed("120 predictions");
    var rows = Files.readAllLines(answers);
    assertEquals("example,prediction,probability", rows.getFirst());
    assertEquals(121, rows.size());
    assertTrue(rows.get(1).startsWith("0,flat,") && rows.get(2).startsWith("1,tall,"), rows.toString());
    Cli all = Cli.run("evaluate", run, "--data", "csv:" + folder.resolve("train.csv")).done().printed("120 examples");
    assertTrue(accuracy(all) > 0.95);
    Cli.run("predict", run, "--data", "csv:" + csv("wrong.csv", "width,depth", "1,2")).failed("wrong.csv", "height");
    Cli.run("evaluate", run, "--data", "csv:" + csv("class.csv", "height,kind,width", "1,round,2")).failed("round");
  }

  @Test
  void numbersArePredictedToo() throws IOException {
    String[] lines = new String[201];
    lines[0] = "x,y";
    for (int i = 1; i <= 200; i++) {
      lines[i] = i / 100.0 + "," + (3 * i / 100.0 + 0.25);
    }
    Path run = folder.resolve("run");
    Cli.run("train", "--data", "csv:" + csv("line.csv", lines), "--model", "linear", "--lr", 0.05, "--epochs", 60,
        "--out", run).done().printed("to tell: a number", "mae 0.0");
    Cli.run("predict", run, "--limit", 1).done().printed("prediction");
  }

  @Test
  void aRunIsNeverReplacedUnasked() throws IOException {
    Path run = folder.resolve("run");
    Cli.run("train", "--data", "iris", "--epochs", 1, "--out", run, "--quiet").done();
    byte[] before = Files.readAllBytes(run.resolve("model.safetensors"));
    Cli.run("train", "--data", "iris", "--epochs", 1, "--seed", 9, "--out", run)
        .wrong("there is a run in", "--overwrite", "--resume");
    assertArrayEquals(before, Files.readAllBytes(run.resolve("model.safetensors")));
    Cli.run("train", "--data", "iris", "--epochs", 1, "--seed", 9, "--out", run, "--overwrite", "--quiet").done();
    assertNotEquals(-1, Arrays.mismatch(before, Files.readAllBytes(run.resolve("model.safetensors"))));
  }

  @Test
  void whatFailsLeavesNothingBehind() throws IOException {
    Path run = folder.resolve("run");
    Cli.run("train", "--data", "iris", "--batch", 5000, "--out", run).failed("batch of 5000 is larger than the data");
    assertTrue(Files.notExists(run));
    Cli.run("train", "--data", "iris", "--lr", "1e30", "--optimizer", "sgd", "--out", run)
        .failed("training stopped at step", "learning rate");
    assertTrue(Files.notExists(run));
    Cli.run("train", "--data", "iris", "--model", "cnn", "--out", run).failed("cnn needs images", "such as mlp");
    assertTrue(Files.notExists(run));
    Path file = csv("file", "x");
    Cli.run("train", "--data", "iris", "--out", file).failed("cannot write to " + file, "--out");
    Cli.run("train", "--data", "iris", "--out", file.resolve("run")).failed("cannot write to");
    Cli.run("train", "--data", "csv:" + folder.resolve("none.csv"), "--out", run).failed("none.csv", "no such file");
    Cli.run("train", "--data", "mnist", "--out", run).failed("--data-dir");
    assertTrue(Files.notExists(run));
  }

  @Test
  void damagedAndForeignModelsAreRefused() throws IOException {
    Path run = folder.resolve("run");
    Cli.run("train", "--data", "iris", "--epochs", 1, "--out", run, "--quiet").done();
    Path model = run.resolve("model.safetensors");
    byte[] bytes = Files.readAllBytes(model);
    Path cut = Files.write(folder.resolve("cut.safetensors"), Arrays.copyOf(bytes, bytes.length - 100));
    for (String command : new String[] {"info", "evaluate", "predict"}) {
      Cli.run(command, cut).failed("cut.safetensors", "cut off");
      Cli.run(command, folder.resolve("none.safetensors")).failed("none.safetensors", "no such file");
      Cli.run(command, folder).failed("there is no model.safetensors");
    }
    Path plain = folder.resolve("plain.safetensors");
    dev.athanor.io.SafeTensors.write(plain, java.util.Map.of(), java.util.List.of());
    Cli.run("evaluate", plain).failed("does not say what model");
    Cli.run("evaluate", run, "--data", "digits").failed("digits does not fit the model");
    Cli.run("train", "--resume", folder).failed("there is no checkpoint");
    Cli.run("train", "--resume", model).failed("there is no checkpoint");
  }

  @Test
  void doctorFindsTheCpuAndTheData() {
    Cli.run("doctor").done().printed("Java 25", "ok  cpu: ", "NO  cuda: ", "ok  digits: 1,797 examples", "Ready");
  }
}
