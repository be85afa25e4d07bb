package dev.athanor.backend;

/** Calls that a {@link CallRecorder} took down, ready to run again with the same views on what their memory holds by then. */
public interface Replay extends AutoCloseable {
  /** Runs the calls in their order. May return before the work is done, as the calls themselves may. */
  void run();

  /** How many calls it stands for, for people. */
  int calls();

  /** Releases what is held for replaying; work under way may still finish. */
  @Override
  void close();
}
