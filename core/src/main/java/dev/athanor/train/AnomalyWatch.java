package dev.athanor.train;

import dev.athanor.autograd.Anomaly;

/**
 * Trains with {@link Anomaly} on: the first operation or gradient that is not finite ends training with an error that names the
 * operation, the element and the place in the program. Every step runs operation by operation and waits for the device after
 * each: for finding an error.
 */
public final class AnomalyWatch implements Callback {
  private final long from;
  private Anomaly anomaly;

  private AnomalyWatch(long from) {
    this.from = from;
  }

  /** Looks at every step. */
  public static AnomalyWatch everyStep() {
    return new AnomalyWatch(0);
  }

  /** Looks at the steps after the given number of them: where a run is known to go wrong late. */
  public static AnomalyWatch after(long steps) {
    return new AnomalyWatch(steps);
  }

  @Override
  public boolean needsEager(Run run) {
    return run.step() >= from;
  }

  @Override
  public void onForward(Run run) {
    end();
    anomaly = Anomaly.detect();
  }

  @Override
  public void onGradients(Run run) {
    end();
  }

  @Override
  public void onEnd(Run run) {
    end();
  }

  private void end() {
    if (anomaly != null) {
      anomaly.close();
      anomaly = null;
    }
  }
}
