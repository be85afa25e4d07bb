package dev.athanor.backend;

import dev.athanor.AthanorException;

/** Refuses the Java versions that could corrupt memory. */
final class JavaVersion {
  private JavaVersion() {}

  static void check() {
    check(Runtime.version());
  }

  static void check(Runtime.Version version) {
    if (version.feature() == 25 && version.interim() == 0 && version.update() < 3) {
      throw new AthanorException("Java " + version + " cannot be used: before 25.0.3 the collector may move Java arrays that native code "
          + "has pinned. Install a JDK 25.0.3 or newer");
    }
  }
}
