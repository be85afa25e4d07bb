package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;

/**
 * One way to prove a kernel: inputs for any size, the launches, and what a float64 reference says should come out.
 *
 * @param kernel the kernel under test; others may be launched beside it
 * @param variant what sets this experiment apart from others of the kernel, or empty
 * @param body what to do
 */
public record Experiment(Kernel kernel, String variant, Body body) {

  /** The steps of an experiment. */
  @FunctionalInterface
  public interface Body {
    /**
     * Allocates, launches and states expectations.
     *
     * @param bench does all three
     * @param size roughly how many elements the kernel should handle; 0 and 1 must work
     */
    void run(Bench bench, int size);
  }

  /** The kernel's name, and the variant. */
  public String name() {
    return variant.isEmpty() ? kernel.entry() : kernel.entry() + "[" + variant + "]";
  }

  @Override
  public String toString() {
    return name();
  }
}
