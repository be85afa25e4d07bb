package dev.athanor.bench.gpu;

import java.util.Locale;

/** What is shown, in the order in which it is run: what others are compared by comes first. */
enum Section {
  /** Driver, kernels, graphs and libraries, one line each. */
  SMOKE("The parts", 60, Smoke::run),
  /** Training steps, eager and captured. */
  STEPS("Step time", 120, Steps::run),
  /** The same steps in PyTorch. */
  PYTORCH("Step time of PyTorch", 200, Torch::run),
  /** Matrix products beside cuBLAS called directly. */
  PRODUCTS("Matrix products beside cuBLAS", 90, Products::run),
  /** A captured step beside the sum of its kernels. */
  KERNELS("A captured step and its kernels", 60, Kernels::run),
  /** Fashion-MNIST to its accuracy. */
  ACCURACY("Fashion-MNIST", 120, Accuracy::run),
  /** Losses of CPU and device side by side. */
  CURVES("Loss curves of CPU and device", 120, Curves::run),
  /** Many steps with no more memory. */
  MEMORY("Memory over many steps", 90, Flatness::run),
  /** The conformance suite. */
  SUITE("The conformance suite", 300, Suite::run);

  private final String title;
  private final double limit;
  private final Work work;

  /** What a section does. Checks that fail are written down; what is thrown ends the section. */
  interface Work {
    void run(Setting setting, Results results) throws Exception;
  }

  Section(String title, double limit, Work work) {
    this.title = title;
    this.limit = limit;
    this.work = work;
  }

  /** How it is named on the command line and in results. */
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  String title() {
    return title;
  }

  /** The most seconds it may take. */
  double limit() {
    return limit;
  }

  void run(Setting setting, Results results) throws Exception {
    work.run(setting, results);
  }

  /** The section of a name. */
  static Section of(String label) {
    for (Section s : values()) {
      if (s.label().equals(label)) {
        return s;
      }
    }
    throw new IllegalArgumentException("there is no section '" + label + "'; they are "
        + String.join(", ", java.util.Arrays.stream(values()).map(Section::label).toList()));
  }
}
