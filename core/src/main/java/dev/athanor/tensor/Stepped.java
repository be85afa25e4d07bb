package dev.athanor.tensor;

/**
 * Host state that moves on with each run of a recorded function, such as a random generator's position or an optimizer's step
 * count. Its copy on the device is moved on by the recorded calls themselves; this keeps the two equal. See {@link
 * Recording#join}.
 */
public interface Stepped {
  /** The function has been recorded: records what moves the device's copy on, and puts the host's back to where it was before. */
  void seal(Recording recording);

  /** The recording was given up: the host's copy goes back to where it was before. */
  void undo();

  /** Before each replay: brings the device's copy up to date if anything else changed the host's. */
  void prepare();

  /** After each replay: the host's copy follows the device's. */
  void advanced();

  /** A replay broke off: nothing is known about the device's copy, and the host's stays. */
  void failed();
}
