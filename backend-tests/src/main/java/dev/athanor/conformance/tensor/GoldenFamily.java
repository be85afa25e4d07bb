package dev.athanor.conformance.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.autograd.GradCheck;
import dev.athanor.conformance.training.Golden;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import java.util.List;
import java.util.function.Function;

/** Tests against the numbers of {@code backend-tests/golden/vocabulary.py}, made with PyTorch. */
abstract class GoldenFamily extends TensorFamily {
  static final DType[] TYPES = {DType.FLOAT64, DType.FLOAT32};

  final Golden golden = Golden.load("vocabulary.safetensors");

  GoldenFamily(Device device) {
    super(device);
  }

  /** First and second order. */
  static void both(Function<List<Tensor>, Tensor> f, Tensor... inputs) {
    GradCheck.check(f, inputs);
    GradCheck.checkSecondOrder(f, inputs);
  }

  final Tensor golden(DType dtype, String name) {
    return golden.get(device, dtype, name);
  }

  /** Shape and elements are PyTorch's, up to a few hundred rounding steps; functions that vanish may be flushed to 0. */
  final void nearGolden(String name, Tensor actual) {
    nearGolden(name, actual, 1);
  }

  /** The same with a tolerance {@code scale} times as large. */
  final void nearGolden(String name, Tensor actual, double scale) {
    assertTrue(actual != null, () -> name + ": there is none");
    assertEquals(golden.shape(name), actual.shape(), name);
    double tolerance = scale * (actual.dtype() == DType.FLOAT64 ? 1e-13 : 2e-6);
    double[] wanted = golden.numbers(name);
    double[] found = actual.toDoubles();
    for (int i = 0; i < wanted.length; i++) {
      int at = i;
      assertTrue(wanted[i] == found[i] || Math.abs(wanted[i] - found[i]) <= tolerance * Math.max(1, Math.abs(wanted[i])),
          () -> name + " " + actual.dtype() + ", element " + at + ": PyTorch " + wanted[at] + ", here " + found[at]);
    }
  }
}
