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

  /**
   * Whether this callback looks into the next step: at layers' outputs, at gradients, at anything but what {@link Run} tells.
   * Asked before each step, where {@link Run#step} still counts the steps before it. Such a step runs operation by operation, and
   * {@link #onForward} and {@link #onGradients} are called in it; another step may be replayed from a recording, where nothing in
   * it can be seen.
   */
  default boolean needsEager(Run run) {
    return false;
  }

  /** Before the forward pass of a step for which {@link #needsEager} answered true, inside the step's scope. */
  default void onForward(Run run) {}

  /**
   * After the backward pass of a step for which {@link #needsEager} answered true: the gradients are complete, not yet clipped,
   * and the parameters not yet changed.
   */
  default void onGradients(Run run) {}

  /** After each optimizer step. */
  default void onStep(Run run) {}

  /** After each epoch, when it was validated. */
  default void onEpoch(Run run, History.Epoch epoch) {}

  /** After the last step, also if training was stopped or failed. */
  default void onEnd(Run run) {}
}
