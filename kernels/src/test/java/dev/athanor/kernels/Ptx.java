package dev.athanor.kernels;

import java.nio.file.Path;

/** Where the build keeps things, for tests; they run in the module's folder. */
final class Ptx {
  private Ptx() {}

  static Path sources() {
    return Path.of("src/main/cuda");
  }

  static Path committed() {
    return Path.of("src/main/resources/dev/athanor/kernels");
  }
}
