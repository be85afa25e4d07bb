package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.athanor.backend.Backend;
import dev.athanor.backend.MatmulPrecision;
import dev.athanor.conformance.ProductConformance;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Tensor;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Matrix products of rounded factors. */
class MatmulPrecisionTest {
  /** The suite's bounds for a lower precision; those for the highest are missed, see {@link #factorsLoseTheirLowBits}. */
  @Nested
  class Conformance extends ProductConformance {
    @Override
    protected Backend open() {
      Backend backend = SimulatedCudaProvider.open(Set.of());
      backend.matmulPrecision(MatmulPrecision.TF32);
      return backend;
    }
  }

  /** 1 + 2⁻⁹ has 10 bits, 1 + 2⁻¹⁰ + 2⁻¹³ has 14: TF32 keeps 11 of them, bfloat16 8. */
  @Test
  void factorsLoseTheirLowBits() {
    float few = 1 + 0x1p-9f;
    float many = 1 + 0x1p-10f + 0x1p-13f;
    try (Device device = Device.of(SimulatedCudaProvider.open(Set.of()))) {
      Tensor x = device.tensor(new float[] {few, many}, 2, 1);
      Tensor one = device.tensor(new float[] {1}, 1, 1);
      assertEquals(MatmulPrecision.HIGHEST, device.matmulPrecision());
      assertArrayEquals(new float[] {few, many}, x.matmul(one).toFloats());
      device.matmulPrecision(MatmulPrecision.TF32);
      assertArrayEquals(new float[] {few, 1 + 0x1p-10f}, x.matmul(one).toFloats());
      device.matmulPrecision(MatmulPrecision.BF16);
      assertArrayEquals(new float[] {1, 1}, x.matmul(one).toFloats());
      Tensor wide = x.cast(DType.FLOAT64);
      assertArrayEquals(new double[] {few, many}, wide.matmul(one.cast(DType.FLOAT64)).toDoubles(), "float64 is never rounded");
    }
  }
}
