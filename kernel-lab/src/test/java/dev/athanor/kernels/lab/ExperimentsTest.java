package dev.athanor.kernels.lab;

import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every experiment on the simulator, with all its checks on: each kernel meets its float64 reference at the awkward sizes, at
 * unaligned addresses and with other block sizes, and no access is out of bounds, misaligned, unordered or of unwritten memory.
 */
class ExperimentsTest {
  private static final LabDevice DEVICE = SimulatedDevice.open();

  /** Families that are proved by these experiments alone: all of them run. */
  private static final List<String> FAMILIES = List.of("random", "optimizer", "gradients", "copy", "indexing", "scan", "sort",
      "convolution", "pooling", "resampling");

  @AfterAll
  static void close() {
    DEVICE.close();
  }

  /** Of the families that have tests of their own in the module kernels, some of each. */
  private static final Pattern SAMPLE =
      Pattern.compile("(unary|unary_grad|binary|compare)_(tanh|gelu|relu|is_nan|not|clamp|add|pow|or|lt)_.*"
          + "|select_(f32|bool|f16)(_strided)?|cast_(f64_f16|i64_bf16|f32_bool|bf16_i32|bool_f64)(_strided)?"
          + "|bias_(grad_)?(identity|gelu|final)_f32|reduce_(sum_f32|variance_f64|arg_max_i64|any_bool)_.*"
          + "|softmax_.*f32_.*|cross_entropy_.*(i64|dense)_f32.*|(batch|layer|rms|group)_norm_.*f32.*|norm_sums_f32_.*");

  static List<Experiment> experiments() {
    return Experiments.all().stream()
        .filter(e -> FAMILIES.contains(e.kernel().family()) || SAMPLE.matcher(e.kernel().entry()).matches()).toList();
  }

  @Test
  void everyKernelHasAnExperiment() {
    Set<String> tried = Experiments.all().stream().map(e -> e.kernel().entry()).collect(Collectors.toSet());
    Set<String> missing = new TreeSet<>();
    for (Kernel kernel : Kernels.all()) {
      if (!tried.contains(kernel.entry())) {
        missing.add(kernel.entry());
      }
    }
    assertTrue(missing.isEmpty(), () -> "kernels without an experiment: " + missing);
  }

  @ParameterizedTest
  @MethodSource("experiments")
  void awkwardSizes(Experiment experiment) {
    for (int size : Experiments.AWKWARD) {
      check(experiment, size, 0, 0);
    }
  }

  @ParameterizedTest
  @MethodSource("experiments")
  void unalignedViewsAndOtherBlockSizes(Experiment experiment) {
    check(experiment, 33, 1, 32);
    check(experiment, 1023, 1, 96);
    check(experiment, 1023, 3, 0);
    check(experiment, 4100, 0, 64);
  }

  @ParameterizedTest
  @MethodSource("experiments")
  void indicesBeyondTwoToThe31(Experiment experiment) {
    try (Bench bench = new Bench(DEVICE, 5).wide(true)) {
      bench.run(experiment, 2100);
      assertNull(bench.mismatch(), experiment::name);
    }
  }

  /** Rows long enough that the plan cuts them into chunks, and a second kernel merges. */
  @ParameterizedTest
  @ValueSource(strings = {"reduce_sum_f32_row", "reduce_variance_f64_final", "norm_sums_f32_row", "bias_grad_final_f32"})
  void severalStages(String name) {
    for (Experiment experiment : Experiments.matching(name)) {
      check(experiment, 40_000, 1, 0);
    }
  }

  /** One kernel of each kind of loop; the laboratory runs them all at this size on demand. */
  @ParameterizedTest
  @ValueSource(strings = {"random_uniform_f32", "gradients_clamp_f32", "copy_transpose_b32[square]", "pooling_max_f32[2x2/2]"})
  void overAMillionElements(String name) {
    for (Experiment experiment : Experiments.matching(name)) {
      check(experiment, Experiments.LARGE, 0, 0);
    }
  }

  private static void check(Experiment experiment, int size, int shift, int threads) {
    try (Bench bench = new Bench(DEVICE, 7 + size).shift(shift).threads(threads)) {
      bench.run(experiment, size);
      assertNull(bench.mismatch(), () -> experiment + " at size " + size + ", shift " + shift + ", threads " + threads);
    }
  }
}
