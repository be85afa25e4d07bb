package dev.athanor.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Describes many tensors to one launch of the families {@code optimizer} and {@code gradients}: a table of addresses, and a list
 * of chunks, one per block. The caller uploads both to device memory once; they stay valid as long as the addresses do.
 * Every tensor is contiguous and of the kernel's element type.
 */
public final class MultiTensor {
  /** Elements per chunk. */
  public static final int CHUNK = 2048;
  /** Threads per block. */
  public static final int THREADS = 256;
  /** Bytes of one row of the table. */
  public static final int ROW_BYTES = 64;
  /** Bytes of one entry of the chunk list. */
  public static final int CHUNK_BYTES = 8;

  private MultiTensor() {}

  /** How many chunks a tensor of so many elements takes; none if it is empty. */
  public static long chunks(long elements) {
    return (elements + CHUNK - 1) / CHUNK;
  }

  /** How many chunks tensors of these sizes take together. */
  public static long chunks(long[] elements) {
    long total = 0;
    for (long n : elements) {
      total += chunks(n);
    }
    return total;
  }

  /**
   * Writes one row of the table.
   *
   * @param table host memory of {@value #ROW_BYTES} bytes per tensor
   * @param row the tensor's number
   * @param parameter its device address (0 where the kernel only works on gradients)
   * @param gradient the gradient's device address
   * @param states up to three device addresses
   * @param elements the number of elements
   */
  public static void row(MemorySegment table, int row, long parameter, long gradient, long[] states, long elements) {
    long at = (long) row * ROW_BYTES;
    table.set(ValueLayout.JAVA_LONG, at, parameter);
    table.set(ValueLayout.JAVA_LONG, at + 8, gradient);
    for (int k = 0; k < 3; k++) {
      table.set(ValueLayout.JAVA_LONG, at + 16 + 8L * k, k < states.length ? states[k] : 0);
    }
    table.set(ValueLayout.JAVA_LONG, at + 40, elements);
    table.set(ValueLayout.JAVA_LONG, at + 48, 0);
    table.set(ValueLayout.JAVA_LONG, at + 56, 0);
  }

  /**
   * Writes the chunk list.
   *
   * @param chunks host memory of {@value #CHUNK_BYTES} bytes per chunk
   * @param elements the tensors' sizes, in the order of the table
   */
  public static void chunkList(MemorySegment chunks, long[] elements) {
    long at = 0;
    for (int row = 0; row < elements.length; row++) {
      long count = chunks(elements[row]);
      for (int c = 0; c < count; c++, at += CHUNK_BYTES) {
        chunks.set(ValueLayout.JAVA_INT, at, row);
        chunks.set(ValueLayout.JAVA_INT, at + 4, c);
      }
    }
  }
}
