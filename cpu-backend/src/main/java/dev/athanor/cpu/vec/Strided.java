package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import jdk.incubator.vector.FloatVector;

/** Moves elements between strided memory and rows, by element size alone. */
final class Strided {
  private Strided() {}

  /** Copies {@code n} elements of operand {@code k} from coordinates {@code index} on into the row at {@code to}. */
  static void gather(Loops loops, int k, long[] index, long base, long to, int n, int bytes) {
    int last = loops.rank - 1;
    long step = loops.strides[k][last] * bytes;
    for (int done = 0; done < n; ) {
      int run = (int) Math.min(n - done, loops.dims[last] - index[last]);
      read(base + loops.offset(k, loops.rank, index) * bytes, step, to + (long) done * bytes, run, bytes);
      done += run;
      skip(loops, index, run);
    }
  }

  /** Copies the row at {@code from} to {@code n} elements of operand {@code k} from coordinates {@code index} on. */
  static void scatter(Loops loops, int k, long[] index, long from, long base, int n, int bytes) {
    int last = loops.rank - 1;
    long step = loops.strides[k][last] * bytes;
    for (int done = 0; done < n; ) {
      int run = (int) Math.min(n - done, loops.dims[last] - index[last]);
      write(from + (long) done * bytes, base + loops.offset(k, loops.rank, index) * bytes, step, run, bytes);
      done += run;
      skip(loops, index, run);
    }
  }

  private static void skip(Loops loops, long[] index, int run) {
    int last = loops.rank - 1;
    index[last] += run;
    if (index[last] == loops.dims[last]) {
      index[last] = 0;
      loops.advance(last, index);
    }
  }

  private static void read(long from, long step, long to, int n, int bytes) {
    switch (bytes) {
      case 4 -> {
        for (int i = 0; i < n; i++) {
          Memory.putInt(to + 4L * i, Memory.getInt(from + i * step));
        }
      }
      case 8 -> {
        for (int i = 0; i < n; i++) {
          Memory.putLong(to + 8L * i, Memory.getLong(from + i * step));
        }
      }
      case 1 -> {
        for (int i = 0; i < n; i++) {
          Memory.putByte(to + i, Memory.getByte(from + i * step));
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          Memory.putShort(to + 2L * i, Memory.getShort(from + i * step));
        }
      }
    }
  }

  private static void write(long from, long to, long step, int n, int bytes) {
    switch (bytes) {
      case 4 -> {
        for (int i = 0; i < n; i++) {
          Memory.putInt(to + i * step, Memory.getInt(from + 4L * i));
        }
      }
      case 8 -> {
        for (int i = 0; i < n; i++) {
          Memory.putLong(to + i * step, Memory.getLong(from + 8L * i));
        }
      }
      case 1 -> {
        for (int i = 0; i < n; i++) {
          Memory.putByte(to + i * step, Memory.getByte(from + i));
        }
      }
      default -> {
        for (int i = 0; i < n; i++) {
          Memory.putShort(to + i * step, Memory.getShort(from + 2L * i));
        }
      }
    }
  }

  private static final RowKernel[] MOVERS = {null, mover1(1), mover1(2), null, mover1(4), null, null, null, mover1(8)};

  /** The loop that copies elements. */
  static RowKernel mover(int bytes) {
    return MOVERS[bytes];
  }

  private static RowKernel mover1(int bytes) {
    return (a, sa, b, sb, c, sc, out, n, p, q) -> {
      if (sa != 0) {
        Memory.copy(a, out, (long) n * bytes);
      } else {
        fill(out, LongLoops.get(bytes, a), n, bytes);
      }
    };
  }

  /** The loop that writes one value. */
  static RowKernel filler(int bytes, long bits) {
    return (a, sa, b, sb, c, sc, out, n, p, q) -> fill(out, bits, n, bytes);
  }

  static void fill(long out, long bits, int n, int bytes) {
    if (bits == 0) {
      Memory.zero(out, (long) n * bytes);
    } else if (bytes == 4) {
      // An integer that is a NaN's bits must survive: moves do not change bits.
      FillLoop.floats(FloatVector.broadcast(Vec.F, 0f).viewAsIntegralLanes().or((int) bits).viewAsFloatingLanes(), out, n);
    } else if (bytes == 8) {
      for (int i = 0; i < n; i++) {
        Memory.putLong(out + 8L * i, bits);
      }
    } else if (bytes == 2) {
      for (int i = 0; i < n; i++) {
        Memory.putShort(out + 2L * i, (short) bits);
      }
    } else {
      Memory.ALL.asSlice(out, n).fill((byte) bits);
    }
  }
}
