package dev.athanor.backend;

/**
 * One thing that {@link BackendProvider#examine} found, for people who want to know what is there and what is missing.
 *
 * @param good whether it is as it should be
 * @param text one line
 * @param remedy what to do where it is not good; else empty
 */
public record Finding(boolean good, String text, String remedy) {
  /** Something that is as it should be. */
  public static Finding good(String text) {
    return new Finding(true, text, "");
  }

  /** Something that is missing or wrong. */
  public static Finding bad(String text, String remedy) {
    return new Finding(false, text, remedy);
  }
}
