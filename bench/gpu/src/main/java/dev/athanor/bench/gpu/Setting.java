package dev.athanor.bench.gpu;

import java.nio.file.Path;

/**
 * What a section is asked for.
 *
 * @param device the device to measure, as {@code cuda} or {@code cuda-sim}
 * @param quick tiny sizes, which show that everything runs and nothing else
 * @param out the folder of results
 * @param data the folder of Fashion-MNIST's four files, or null for where Debian's package puts them
 * @param python the Python that has PyTorch
 * @param script {@code torch_steps.py}
 * @param seconds how long it may take, about
 */
record Setting(String device, boolean quick, Path out, Path data, String python, Path script, double seconds) {
  /** Whether this is a GPU, and not the simulator. */
  boolean onGpu() {
    return !device.startsWith("cuda-sim");
  }

  /** One of two numbers. */
  int of(int full, int small) {
    return quick ? small : full;
  }

  Setting within(double limit) {
    return new Setting(device, quick, out, data, python, script, limit);
  }
}
