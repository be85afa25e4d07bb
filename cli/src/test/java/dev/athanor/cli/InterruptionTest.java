package dev.athanor.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A run that is interrupted and resumed comes to the same bits as one that is not. */
class InterruptionTest {
  private static final int EPOCHS = 12;

  @TempDir private Path folder;
  private Path log;
  private Process process;

  @BeforeEach
  void name() {
    log = folder.resolve("log");
  }

  @AfterEach
  void stop() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private Object[] training(Path run) {
    // Dropout and batch norm in the network, and a seed: everything random and everything kept must be restored.
    return new Object[] {"train", "--epochs", EPOCHS, "--batch", 64, "--seed", 3, "--out", run};
  }

  /** Starts a run and waits until some epochs are done, and the next one has begun. */
  private Path interrupted() throws IOException, InterruptedException {
    Path run = folder.resolve("interrupted");
    process = Cli.start(log, training(run));
    long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(3);
    while (!Files.readString(log).contains("epoch 2/" + EPOCHS)) {
      assertTrue(process.isAlive() && System.nanoTime() < deadline, Files.readString(log));
      Thread.sleep(20);
    }
    return run;
  }

  private static byte[] model(Path run) throws IOException {
    return Files.readAllBytes(run.resolve("model.safetensors"));
  }

  private void resumesToTheSameBits(Path run) throws IOException, InterruptedException {
    assertTrue(Files.notExists(run.resolve("model.safetensors")), "it was over before it was interrupted");
    Cli.run("train", "--resume", run).done().printed("Resuming", "epoch " + EPOCHS + "/" + EPOCHS);
    Path whole = folder.resolve("whole");
    Cli.run(training(whole)).done();
    assertArrayEquals(model(whole), model(run));
  }

  @Test
  void killed() throws Exception {
    Path run = interrupted();
    process.destroyForcibly();
    Cli.await(process);
    resumesToTheSameBits(run);
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no signal that asks a process to end")
  void toldToEnd() throws Exception {
    Path run = interrupted();
    process.destroy();
    assertEquals(128 + 15, Cli.await(process));
    String said = Files.readString(log);
    assertTrue(said.contains("Stopped. To go on: athanor train --resume " + run), said);
    resumesToTheSameBits(run);
  }

  @Test
  void moreEpochsContinueAFinishedRun() throws Exception {
    Path parts = folder.resolve("parts");
    Path whole = folder.resolve("whole");
    Cli.run("train", "--data", "iris", "--epochs", 3, "--out", parts, "--quiet").done();
    Cli.run("train", "--resume", parts, "--epochs", 7, "--quiet").done();
    Cli.run("train", "--data", "iris", "--epochs", 7, "--out", whole, "--quiet").done();
    assertArrayEquals(model(whole), model(parts));
    assertEquals(7, Files.readAllLines(parts.resolve("history.jsonl")).size());
  }
}
