package dev.athanor.train;

import dev.athanor.data.DataLoader;

/** Watches a training run. Every method does nothing by default. Called on the training thread. */
public interface Callback {
  /** Where a run is. */
  interface Run {
    /** The trainer. */
    Trainer trainer();

    /** The current epoch, from 1. */
    int epoch();

    /** The number of epochs planned. */
    int epochs();

    /** The batches done in this epoch. */
    int batch();

    /** The batches of an epoch. */
    int batches();

    /** The steps done since training began, over all epochs and resumed runs. */
    long step();

    /** The examples of an epoch. */
    long examples();

    /** The running means of this epoch. */
    Evaluation means();

    /** The mean loss of the latest batch. */
    double loss();

    /** The loader's position. */
    DataLoader.State loader();
  }

  /** Before the first step. */
  default void onStart(Run run) {}

  /** After each optimizer step. */
  default void onStep(Run run) {}

  /** After each epoch, when it was validated. */
  default void onEpoch(Run run, History.Epoch epoch) {}

  /** After the last step, also if training was stopped or failed. */
  default void onEnd(Run run) {}
}
