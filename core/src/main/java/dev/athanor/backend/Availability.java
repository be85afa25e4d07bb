package dev.athanor.backend;

/** What a provider answers when asked whether its device can be used here. */
public sealed interface Availability {
  /**
   * The device can be used.
   *
   * @param detail one line: hardware and libraries, or what is missing but not needed
   */
  record Usable(String detail) implements Availability {}

  /**
   * The device cannot be used.
   *
   * @param reason one sentence: what is missing
   * @param remedy one sentence: what to do about it
   */
  record Unusable(String reason, String remedy) implements Availability {}
}
