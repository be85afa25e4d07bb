package dev.athanor.backend;

import dev.athanor.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** Running sums and sorting of rows in host memory, for {@link ComposedOps}. float32, float64, int32 and int64. */
final class HostScans {
  private HostScans() {}

  /** Running sums of each row; floats are added in float64 and each result rounded once. */
  static void sum(DType dtype, MemorySegment in, long lanes, int length, boolean reverse, MemorySegment out) {
    for (long lane = 0; lane < lanes; lane++) {
      double sum = 0;
      long whole = 0;
      for (int i = 0; i < length; i++) {
        long at = lane * length + (reverse ? length - 1 - i : i);
        if (dtype.isFloat()) {
          sum += dtype.value(read(dtype, in, at));
          write(dtype, out, at, dtype.bits(sum));
        } else {
          whole += integer(dtype, read(dtype, in, at));
          write(dtype, out, at, dtype.bits(whole));
        }
      }
    }
  }

  /** Stable sort of each row. */
  static void sort(DType dtype, MemorySegment in, long lanes, int length, boolean descending, MemorySegment out,
      MemorySegment order) {
    long[] keys = new long[length];
    int[] from = new int[length];
    int[] to = new int[length];
    for (long lane = 0; lane < lanes; lane++) {
      long base = lane * length;
      for (int i = 0; i < length; i++) {
        long key = key(dtype, read(dtype, in, base + i));
        keys[i] = descending ? ~key : key; // reverses the order and keeps equals equal
      }
      Arrays.setAll(from, i -> i);
      int[] sorted = mergeSort(keys, from, to);
      for (int i = 0; i < length; i++) {
        write(dtype, out, base + i, read(dtype, in, base + sorted[i]));
        order.setAtIndex(ValueLayout.JAVA_LONG, base + i, sorted[i]);
      }
    }
  }

  /** Sorts positions by their keys, merging runs of 1, 2, 4 …; returns the array that holds the result. */
  private static int[] mergeSort(long[] keys, int[] from, int[] to) {
    int n = keys.length;
    for (int run = 1; run > 0 && run < n; run *= 2) {
      for (int start = 0; start < n; start += 2 * run) {
        int middle = (int) Math.min((long) start + run, n);
        int end = (int) Math.min((long) start + 2L * run, n);
        int left = start;
        int right = middle;
        for (int i = start; i < end; i++) {
          boolean takeLeft = left < middle && (right >= end || keys[from[left]] <= keys[from[right]]);
          to[i] = takeLeft ? from[left++] : from[right++];
        }
        if (end == n) {
          break; // also keeps start from overflowing
        }
      }
      int[] swap = from;
      from = to;
      to = swap;
    }
    return from;
  }

  /** A number that orders as the element does: −0 equals 0, and NaN is the largest. */
  private static long key(DType dtype, long bits) {
    if (!dtype.isFloat()) {
      return integer(dtype, bits);
    }
    double value = dtype.value(bits);
    if (Double.isNaN(value)) {
      return Long.MAX_VALUE;
    }
    long raw = Double.doubleToRawLongBits(value + 0.0); // -0 becomes 0
    return raw < 0 ? raw ^ Long.MAX_VALUE : raw;
  }

  private static long integer(DType dtype, long bits) {
    return dtype == DType.INT32 ? (int) bits : bits;
  }

  private static long read(DType dtype, MemorySegment segment, long index) {
    return dtype.bytes() == 8
        ? segment.getAtIndex(ValueLayout.JAVA_LONG, index)
        : segment.getAtIndex(ValueLayout.JAVA_INT, index) & 0xFFFFFFFFL;
  }

  private static void write(DType dtype, MemorySegment segment, long index, long bits) {
    if (dtype.bytes() == 8) {
      segment.setAtIndex(ValueLayout.JAVA_LONG, index, bits);
    } else {
      segment.setAtIndex(ValueLayout.JAVA_INT, index, (int) bits);
    }
  }
}
