package dev.athanor.kernels.lab;

import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.MultiTensor;
import dev.athanor.kernels.ParameterBlock;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A group of tensors with gradients and states on the device, described by a {@link MultiTensor} table: about half of the
 * elements in one tensor, an empty one, one of a single element, and the rest.
 */
record Tensors(Bench.Array table, Bench.Array chunkList, long chunks, Bench.Array[] parameters, Bench.Array[] gradientArrays,
    Bench.Array[][] states, double[][] gradients, double[][] firstParameters, double[][][] firstStates) {

  static Tensors create(Bench bench, Cell cell, int n, boolean[] used) {
    int half = (n + 1) / 2;
    int single = n > half ? 1 : 0;
    int[] sizes = {half, 0, single, n - half - single};
    int count = sizes.length;
    long[] elements = new long[count];
    var parameters = new Bench.Array[count];
    var gradientArrays = new Bench.Array[count];
    var states = new Bench.Array[count][3];
    double[][] gradients = new double[count][];
    double[][] first = new double[count][];
    double[][][] firstStates = new double[count][3][];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment table = arena.allocate((long) count * MultiTensor.ROW_BYTES, 8);
      for (int k = 0; k < count; k++) {
        elements[k] = sizes[k];
        first[k] = bench.uniform(sizes[k], -2, 2);
        gradients[k] = bench.uniform(sizes[k], 0.5, 2);
        for (int i = 0; i < sizes[k]; i++) {
          gradients[k][i] *= bench.random().nextBoolean() ? 1 : -1;
        }
        parameters[k] = bench.inOut(cell, first[k]);
        gradientArrays[k] = bench.in(cell, gradients[k]);
        long[] addresses = new long[3];
        for (int j = 0; j < 3; j++) {
          // Positive, as second moments are; the third is small, so that as a mean gradient it leaves a variance.
          firstStates[k][j] = bench.uniform(sizes[k], j == 2 ? 0.1 : 0.5, j == 2 ? 0.3 : 1);
          if (used[j]) {
            states[k][j] = bench.inOut(cell, firstStates[k][j]);
            addresses[j] = states[k][j].address();
          }
        }
        MultiTensor.row(table, k, parameters[k].address(), gradientArrays[k].address(), addresses, sizes[k]);
      }
      long chunks = MultiTensor.chunks(elements);
      MemorySegment list = arena.allocate(Math.max(8, chunks * MultiTensor.CHUNK_BYTES), 8);
      MultiTensor.chunkList(list, elements);
      Bench.Array tableArray = bench.in(Cell.I64, longs(table, table.byteSize()));
      Bench.Array listArray = bench.in(Cell.I64, longs(list, chunks * MultiTensor.CHUNK_BYTES));
      return new Tensors(tableArray, listArray, chunks, parameters, gradientArrays, states, gradients, first, firstStates);
    }
  }

  /** Starts a launch's parameters with those all kernels of the family share. */
  ParameterBlock begin(Bench bench, Kernel kernel) {
    return bench.parameters(kernel).pointer(table.address()).pointer(chunkList.address()).int64(chunks);
  }

  double[][] copyOfParameters() {
    double[][] copy = new double[firstParameters.length][];
    for (int k = 0; k < copy.length; k++) {
      copy[k] = firstParameters[k].clone();
    }
    return copy;
  }

  double[][][] copyOfStates() {
    double[][][] copy = new double[firstStates.length][3][];
    for (int k = 0; k < copy.length; k++) {
      for (int j = 0; j < 3; j++) {
        copy[k][j] = firstStates[k][j].clone();
      }
    }
    return copy;
  }

  private static long[] longs(MemorySegment from, long bytes) {
    long[] x = new long[(int) (bytes / 8)];
    for (int i = 0; i < x.length; i++) {
      x[i] = from.get(ValueLayout.JAVA_LONG, 8L * i);
    }
    return x;
  }
}
