package dev.athanor.nd4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Device;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Copies from and to ND4J's arrays: every type, order and stride; and ND4J beside the CPU backend with oneDNN in one process. */
class Nd4jArraysTest {
  @Test
  void everyTypeGoesThereAndBack() {
    for (String name : new String[] {"cpu", "nd4j"}) {
      try (Device device = Device.open(name); var _ = device.scope()) {
        for (DType dtype : DType.values()) {
          Tensor x = device.tensor(new float[] {0, 1, -2.5f, 3, Float.NaN, 1}, 2, 3).cast(dtype);
          INDArray there = Nd4jArrays.toINDArray(x);
          assertEquals(Types.of(dtype), there.dataType());
          assertArrayEquals(new long[] {2, 3}, there.shape());
          Tensor back = Nd4jArrays.toTensor(device, there);
          assertEquals(dtype, back.dtype());
          assertArrayEquals(x.cast(DType.FLOAT64).toDoubles(), back.cast(DType.FLOAT64).toDoubles(), dtype.toString());
        }
      }
    }
  }

  @Test
  void ordersAndStridesAreThoseOfTheElements() {
    try (Device device = Device.open("cpu"); var _ = device.scope()) {
      INDArray c = Nd4j.arange(24).castTo(DataType.FLOAT).reshape('c', 2, 3, 4);
      float[] expected = {2, 6, 10, 14, 18, 22};
      INDArray column = c.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.point(2));
      assertArrayEquals(expected, Nd4jArrays.toTensor(device, column).toFloats());
      assertArrayEquals(expected, Nd4jArrays.toTensor(device, column.dup('f')).toFloats());
      INDArray turned = c.permute(2, 0, 1);
      Tensor t = Nd4jArrays.toTensor(device, turned);
      assertEquals(Shape.of(4, 2, 3), t.shape());
      assertArrayEquals(Nd4jArrays.toTensor(device, c).permute(2, 0, 1).toFloats(), t.toFloats());
      assertEquals(7f, Nd4jArrays.toTensor(device, Nd4j.scalar(7f)).item());
      assertArrayEquals(c.dup().data().asFloat(),
          Nd4jArrays.toINDArray(t.permute(1, 2, 0)).data().asFloat()); // a view of a tensor
      assertEquals(Shape.of(0, 3), Nd4jArrays.toTensor(device, Nd4j.create(DataType.FLOAT, 0, 3)).shape());
      assertArrayEquals(new long[] {0, 3}, Nd4jArrays.toINDArray(device.zeros(0, 3)).shape());
    }
  }

  @Test
  void aTypeWithoutATensorIsRefused() {
    try (Device device = Device.open("cpu")) {
      var e = assertThrows(AthanorException.class,
          () -> Nd4jArrays.toTensor(device, Nd4j.create(DataType.UINT16, 2)));
      assertTrue(e.getMessage().contains("UINT16") && e.getMessage().contains("cast"), e.getMessage());
    }
  }

  @Test
  void oneDnnAndNd4jMultiplyInOneProcess() {
    try (Device cpu = Device.open("cpu"); Device nd4j = Device.open("nd4j"); var _ = cpu.scope(); var _ = nd4j.scope()) {
      float[] a = new float[96 * 80];
      float[] b = new float[80 * 112];
      for (int i = 0; i < a.length; i++) {
        a[i] = (i % 17 - 8) / 8f; // sums of these are exact in float32
      }
      for (int i = 0; i < b.length; i++) {
        b[i] = (i % 13 - 6) / 4f;
      }
      for (int round = 0; round < 20; round++) { // in turn: neither disturbs the other's threads
        float[] first = cpu.tensor(a, 96, 80).matmul(cpu.tensor(b, 80, 112)).toFloats();
        float[] second = nd4j.tensor(a, 96, 80).matmul(nd4j.tensor(b, 80, 112)).toFloats();
        assertArrayEquals(first, second);
        assertArrayEquals(first, Nd4j.createFromArray(a).reshape(96, 80).mmul(Nd4j.createFromArray(b).reshape(80, 112)).dup('c')
            .data().asFloat());
      }
    }
  }
}
