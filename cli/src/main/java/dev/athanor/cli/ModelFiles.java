package dev.athanor.cli;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where a training run keeps its files. */
final class ModelFiles {
  /** The name of the weights' file in a run's folder. */
  static final String WEIGHTS = "model.safetensors";

  private ModelFiles() {}

  /** The weights' file: the path itself, or the one in it if it is a folder. */
  static Path weights(Path model) {
    return Files.isDirectory(model) ? model.resolve(WEIGHTS) : model;
  }
}
