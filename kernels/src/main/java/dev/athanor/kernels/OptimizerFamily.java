package dev.athanor.kernels;

import static dev.athanor.kernels.Parameter.float64;
import static dev.athanor.kernels.Parameter.int32;
import static dev.athanor.kernels.Parameter.int64;
import static dev.athanor.kernels.Parameter.pointer;

import java.util.ArrayList;
import java.util.List;

/**
 * Optimizer steps over many tensors, {@code optimizer_RULE_T}; the unit of work is a chunk of {@link MultiTensor}, and the bytes
 * are per element.
 */
final class OptimizerFamily implements KernelFamily {
  @Override
  public String name() {
    return "optimizer";
  }

  @Override
  public List<Kernel> kernels() {
    List<Kernel> kernels = new ArrayList<>();
    for (ElementType t : List.of(ElementType.FLOAT32, ElementType.FLOAT64)) {
      kernels.add(step(t, "sgd", 5, "weightDecay", "momentum", "dampening"));
      kernels.add(step(t, "adagrad", 5, "weightDecay", "lrDecay", "eps"));
      kernels.add(step(t, "rmsprop", 5, "weightDecay", "alpha", "eps", "momentum"));
      kernels.add(step(t, "adadelta", 7, "weightDecay", "rho", "eps"));
      kernels.add(step(t, "adam", 7, "weightDecay", "beta1", "beta2", "eps"));
      kernels.add(step(t, "adamax", 7, "weightDecay", "beta1", "beta2", "eps"));
      kernels.add(step(t, "nadam", 7, "weightDecay", "beta1", "beta2", "eps", "momentumDecay"));
      kernels.add(step(t, "radam", 7, "weightDecay", "beta1", "beta2", "eps"));
      kernels.add(step(t, "lion", 5, "weightDecay", "beta1", "beta2"));
    }
    kernels.add(Kernel.of(name(), "optimizer_nadam_schedule", Launch.single(1), 32,
        pointer("schedule"), pointer("skip"), float64("beta1"), float64("momentumDecay")));
    kernels.add(Kernel.of(name(), "optimizer_advance", Launch.single(1), 16, pointer("schedule"), pointer("skip")));
    return kernels;
  }

  /** A step that moves so many values of its type per element. */
  private Kernel step(ElementType t, String rule, int moved, String... hyper) {
    List<Parameter> p = new ArrayList<>(List.of(pointer("table"), pointer("chunks"), int64("count"), pointer("schedule"),
        pointer("gradScale"), pointer("skip")));
    for (String h : hyper) {
      p.add(float64(h));
    }
    p.add(int32("flags"));
    return new Kernel(name(), "optimizer_" + rule + "_" + t.suffix(), p, Launch.rows(MultiTensor.THREADS, 1), moved * t.bytes());
  }
}
