package dev.athanor.cuda;

import java.io.IOException;

/** What is asked of the driver, the GPUs and the libraries to find out whether they can be used. {@link JCudaParts} asks them. */
interface CudaParts {
  /**
   * A GPU.
   *
   * @param capability 75 for 7.5
   * @param bytes its memory
   */
  record Card(String name, int capability, long bytes) {
    /** Name, memory and compute capability. */
    String describe() {
      return name + ", " + Math.round(bytes / 0x1p30) + " GiB, compute capability " + capability / 10 + "." + capability % 10;
    }
  }

  /**
   * Loads the driver's library; before the other questions.
   *
   * @throws LinkageError if it cannot be loaded
   * @throws IOException if JCuda's library cannot be unpacked
   */
  void loadDriver() throws IOException;

  /** Starts the driver, and says 0 or why not. */
  int start();

  /** The driver's words for a status. */
  String error(int status);

  /** The newest CUDA that the driver runs, 12060 for 12.6. */
  int driverVersion();

  /** The driver's own version, as 560.35.03; empty where the system does not say. */
  String driverRelease();

  /** How many GPUs the driver offers. */
  int devices();

  /** A GPU. */
  Card card(int index);

  /** Free bytes of a GPU, or -1 if it does not say. */
  long freeBytes(int index);

  /**
   * Loads a library.
   *
   * @throws IOException if it cannot be found or loaded, with the places searched
   */
  void load(CudaLibrary library) throws IOException;

  /** The file a loaded library came from. */
  String loadedFrom(CudaLibrary library);

  /** The version of the loaded cuBLAS: major, minor, patch. */
  int[] cublasVersion();

  /** The version of the loaded cuDNN, 90501 for 9.5.1. */
  long cudnnVersion();

  /** The CUDA that the loaded cuDNN was built for, 12060 for 12.6. */
  long cudnnCuda();
}
