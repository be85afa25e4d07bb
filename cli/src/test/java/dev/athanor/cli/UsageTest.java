package dev.athanor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Help, exit codes and messages about wrong usage. */
class UsageTest {
  @TempDir private Path folder;

  @Test
  void withoutACommandTheCommandsAreNamed() {
    Cli.run().wrong("no command was given", "train", "evaluate", "predict", "info", "doctor", "gallery", "bench");
  }

  @ParameterizedTest
  @ValueSource(strings = {"train", "evaluate", "predict", "info", "doctor", "gallery", "bench"})
  void everyCommandHasHelp(String command) {
    Cli help = Cli.run(command, "--help").done().printed("Usage: athanor " + command, "--help");
    assertFalse(help.out().contains("null"), help.out());
    help.out().lines().forEach(line -> assertTrue(line.length() <= 80, line));
    Cli.run("--help").done().printed(command + " ");
  }

  @Test
  void versionComesFromTheBuild() {
    Cli version = Cli.run("--version").done();
    assertTrue(version.out().matches("athanor \\d+\\.\\d+\\S* \\(Java 25\\S*\\)\\R"), version.out());
  }

  @Test
  void nearNamesAreSuggested() {
    Cli.run("trian").wrong("trian", "train");
    Cli.run("train", "--epoch", "3").wrong("--epoch", "Possible solutions: --epochs");
  }

  @ParameterizedTest
  @CsvSource({
      "--epochs, 0, at least 1", "--epochs, many, --epochs", "--batch, -3, at least 1", "--lr, 0, above 0", "--lr, NaN, above 0",
      "--lr, Infinity, above 0", "--weight-decay, -0.1, at least 0", "--validation, 1, below 1", "--patience, -1, at least 0",
      "--clip, 0, above 0", "--accumulate, 0, at least 1", "--average, 1, below 1", "--warmup, -1, 0 or more", "--seed, x, --seed", "--momentum, 0.5, --momentum is for --optimizer sgd",
      "--target, c, --target is for --data csv:PATH",
  })
  void valuesOutOfRangeAreRefused(String option, String value, String message) {
    Path out = folder.resolve("run");
    Cli.run("train", option, value, "--out", out).wrong(message);
    assertTrue(Files.notExists(out));
  }

  @Test
  void unknownNamesListTheKnownOnes() {
    Cli.run("train", "--model", "resnet").wrong("linear, mlp, cnn, lenet5", "resnet18", "mobilenet");
    Cli.run("train", "--activation", "rellu").wrong("relu", "gelu-tanh", "prelu", "'rellu'");
    Cli.run("train", "--init", "he").wrong("he-normal", "orthogonal", "'he'");
    Cli.run("train", "--loss", "mse").wrong("mean-squared-error", "cross-entropy", "hinge", "'mse'");
    Cli.run("train", "--optimizer", "adm").wrong("adam, amsgrad, adamw, adamax", "adm");
    Cli.run("train", "--schedule", "cosinus").wrong("cosine", "one-cycle", "step[:EPOCHS,FACTOR]", "cosinus");
    Cli.run("train", "--schedule", "step:ten").wrong("expected numbers", "step[:EPOCHS,FACTOR]");
    Cli.run("train", "--schedule", "cosine:1,2,3").wrong("too many numbers");
    Cli.run("train", "--augment", "flip,twirl").wrong("flip-vertical", "rotate[:DEGREES[:PROBABILITY]]", "'twirl'");
    Cli.run("train", "--augment", "crop:many").wrong("expected numbers", "crop[:PIXELS[:PROBABILITY]]");
    Cli.run("train", "--augment", "scale:2").wrong("a share from 0 to below 1");
    Cli.run("train", "--mix", "blend").wrong("mixup[:ALPHA]", "cutmix[:ALPHA]", "'blend'");
    Cli.run("train", "--data", "digit").wrong("breast-cancer", "digits", "iris", "fashion-mnist", "'digit'");
    Cli.run("train", "--device", "tpu").wrong("auto, cpu, cuda", "tpu");
    Cli.run("train", "--matmul-precision", "fp8").wrong("highest, tf32, bf16", "fp8");
    Cli.run("evaluate", "x", "--data", "digit").wrong("digits", "'digit'");
  }

  @Test
  void optionsThatExcludeEachOtherAreNamed() {
    Cli.run("train", "--patience", "3", "--validation", "0").wrong("--patience needs validation data");
    Cli.run("train", "--overwrite").wrong("--overwrite needs --out");
    Cli.run("train", "--resume", "x", "--lr", "0.1", "--batch", "3").wrong("--lr", "--batch", "checkpoint");
    Cli.run("predict", "x", "--limit", "3", "--out", "y.csv").wrong("--limit");
  }

  @Test
  void choicesThatDoNotFitSayWhatDoes() {
    Path out = folder.resolve("run");
    Cli.run("train", "--data", "iris", "--loss", "hinge", "--out", out).failed("--loss hinge", "3 classes", "multi-margin, focal");
    Cli.run("train", "--data", "iris", "--model", "linear", "--activation", "relu", "--out", out).failed("linear", "no activation",
        "--model mlp");
    assertTrue(Files.notExists(out.resolve("model.safetensors")));
  }

  @Test
  void cudaSaysWhyNotAndWhatToDo() {
    Cli.run("train", "--device", "cuda", "--out", folder.resolve("run")).failed("device cuda cannot be used", "--device cpu");
    assertTrue(Files.notExists(folder.resolve("run")), "a run that could not start leaves no folder");
  }

  @Test
  void aPrecisionThatTheDeviceDoesNotOfferIsAnError() {
    Path out = folder.resolve("run");
    Cli.run("train", "--device", "cpu", "--matmul-precision", "tf32", "--out", out)
        .failed("--matmul-precision tf32", "device cpu does not offer it", "--device cuda");
    assertTrue(Files.notExists(out));
  }

  @Test
  void ourOwnErrorsKeepTheirTraceAndOthersOnlyOnRequest() {
    assertEquals("", trace(new AthanorException("a message"), false).replaceFirst("athanor: a message\\R", ""));
    assertTrue(trace(new AthanorException("a message"), true).contains("\tat dev.athanor.cli"));
    String bug = trace(new IllegalStateException("odd"), false);
    assertTrue(bug.contains("this is a bug"), bug);
    assertTrue(bug.contains("IllegalStateException: odd") && bug.contains("\tat "), bug);
  }

  private static String trace(Exception e, boolean stacktrace) {
    var root = new AthanorCommand(null);
    root.stacktrace = stacktrace;
    var err = new StringWriter();
    var line = new CommandLine(root);
    line.setErr(new PrintWriter(err, true));
    assertEquals(Main.FAILED, Errors.failed(e, line, null));
    return err.toString();
  }
}
