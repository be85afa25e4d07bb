package dev.athanor.cli;

import dev.athanor.train.Trainer;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a run end cleanly when the process is told to end (Ctrl-C, a service manager): training stops after the current step and
 * writes a checkpoint, and only then does the process go.
 */
final class StopOnSignal implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook;

  StopOnSignal(Trainer trainer) {
    hook = Thread.ofPlatform().name("athanor-stop").unstarted(() -> {
      trainer.stop();
      try {
        done.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
    });
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** The run is over, and everything about it is written and printed. */
  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The process is ending already: the hook has run.
    }
  }
}
