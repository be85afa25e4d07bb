package dev.athanor.train;

import dev.athanor.AthanorException;

/**
 * Ends training when a measure has not become better for some epochs, judged on validation data.
 *
 * @param monitor {@code loss} (smaller is better) or the name of a metric
 * @param patience training ends after so many epochs in a row without improvement; 0 is as 1
 * @param minDelta a change smaller than this does not count as an improvement
 * @param restoreBest whether the parameters of the best epoch are put back at the end
 */
public record EarlyStopping(String monitor, int patience, double minDelta, boolean restoreBest) {
  /** Checks the ranges. */
  public EarlyStopping {
    if (patience < 0 || !(minDelta >= 0)) {
      throw new AthanorException("early stopping: patience and the smallest change must not be negative: " + patience + ", "
          + minDelta);
    }
  }

  /** By validation loss, with the best parameters put back. */
  public EarlyStopping(int patience) {
    this("loss", patience, 0, true);
  }
}
