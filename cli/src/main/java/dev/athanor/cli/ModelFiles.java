package dev.athanor.cli;

import dev.athanor.AthanorException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The files of a training run: a folder with the checkpoint of the whole run, the trained model, and the history.
 *
 * @param folder the folder
 */
record ModelFiles(Path folder) {
  private static final String MODEL = "model.safetensors";
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String HISTORY = "history.jsonl";
  private static final Path RUNS = Path.of("runs");

  /** The trained model: written at the end. */
  Path model() {
    return folder.resolve(MODEL);
  }

  /** The whole run: written while it goes on. */
  Path checkpoint() {
    return folder.resolve(CHECKPOINT);
  }

  /** A line of JSON per epoch. */
  Path history() {
    return folder.resolve(HISTORY);
  }

  /** Whether a run lies there. */
  boolean isRun() {
    return Files.exists(model()) || Files.exists(checkpoint());
  }

  /**
   * A folder that no run uses yet: {@code runs/NAME}, {@code runs/NAME-2}, …
   *
   * @param name what the run is about; characters that do not suit a file name are replaced
   */
  static ModelFiles unused(String name) {
    String base = name.replaceAll("[^A-Za-z0-9._-]+", "-");
    var files = new ModelFiles(RUNS.resolve(base));
    for (int i = 2; files.isRun(); i++) {
      files = new ModelFiles(RUNS.resolve(base + "-" + i));
    }
    return files;
  }

  /**
   * Makes the folder and makes sure that files can be written there, before any work is done.
   *
   * @return whether the folder is new
   * @throws AthanorException if not
   */
  boolean prepare() {
    try {
      boolean isNew = Files.notExists(folder);
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, ".athanor", ".tmp"));
      return isNew;
    } catch (FileAlreadyExistsException e) {
      throw new AthanorException("cannot write to " + folder + ": there is a file of that name; choose another --out", e);
    } catch (IOException e) {
      throw new AthanorException("cannot write to " + folder + " (" + e.getClass().getSimpleName().replace("Exception", "") + ": "
          + e.getMessage() + "); choose another --out, or change the permissions", e);
    }
  }

  /** Removes the folder again if nothing was written to it. */
  void removeIfEmpty() {
    try {
      Files.deleteIfExists(folder);
    } catch (IOException _) {
      // There is something in it: the run got as far as a checkpoint.
    }
  }

  /**
   * The model that a user names: a file, or a run's folder with the trained model or at least a checkpoint.
   *
   * @throws AthanorException if there is none
   */
  static Path weights(Path path) {
    if (!Files.isDirectory(path)) {
      return path;
    }
    var files = new ModelFiles(path);
    if (Files.exists(files.model())) {
      return files.model();
    }
    if (Files.exists(files.checkpoint())) {
      return files.checkpoint();
    }
    throw new AthanorException(path + ": there is no " + MODEL + " and no " + CHECKPOINT + " in this folder; name a folder that "
        + "'athanor train' wrote, or a file");
  }

  /**
   * The run that a user names to continue it: its folder or its checkpoint.
   *
   * @throws AthanorException if there is no checkpoint
   */
  static ModelFiles ofRun(Path path) {
    var files = new ModelFiles(Files.isDirectory(path) ? path : path.toAbsolutePath().getParent());
    if (!Files.isDirectory(path) && !path.getFileName().toString().equals(CHECKPOINT) || !Files.exists(files.checkpoint())) {
      throw new AthanorException(path + ": there is no checkpoint to continue from; name a folder that 'athanor train' wrote, "
          + "with a " + CHECKPOINT + " in it");
    }
    return files;
  }
}
