package dev.athanor.cpu.vec;

import dev.athanor.cpu.mem.Memory;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector shape of this machine and the loads and stores of float32 vectors at addresses. Results never depend on the width:
 * elementwise kernels treat each lane alike and mask the tail, reductions keep 32 logical lanes on every machine.
 */
final class Vec {
  static final VectorSpecies<Float> F = floats();
  static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());
  /** Lanes of a float32 vector: 4, 8 or 16. */
  static final int W = F.length();

  // Constants as vectors: to the JIT each is one load, a broadcast in the middle of a loop is a dozen calls to inline.
  static final FloatVector ZERO = of(0f);
  static final FloatVector HALF = of(0.5f);
  static final FloatVector ONE = of(1f);
  static final FloatVector MINUS_ONE = of(-1f);
  static final FloatVector INFINITY = of(Float.POSITIVE_INFINITY);
  static final FloatVector MINUS_INFINITY = of(Float.NEGATIVE_INFINITY);
  static final FloatVector NAN = of(Float.NaN);

  private Vec() {}

  private static VectorSpecies<Float> floats() {
    VectorSpecies<Float> preferred = FloatVector.SPECIES_PREFERRED;
    if (preferred.length() < 4) {
      return FloatVector.SPECIES_128;
    }
    return preferred.length() > 16 ? FloatVector.SPECIES_512 : preferred;
  }

  static FloatVector load(long address) {
    return FloatVector.fromMemorySegment(F, Memory.ALL, address, Memory.ORDER);
  }

  static FloatVector load(long address, VectorMask<Float> mask) {
    return FloatVector.fromMemorySegment(F, Memory.ALL, address, Memory.ORDER, mask);
  }

  static void store(FloatVector v, long address) {
    v.intoMemorySegment(Memory.ALL, address, Memory.ORDER);
  }

  static void store(FloatVector v, long address, VectorMask<Float> mask) {
    v.intoMemorySegment(Memory.ALL, address, Memory.ORDER, mask);
  }

  static IntVector loadInts(long address) {
    return IntVector.fromMemorySegment(I, Memory.ALL, address, Memory.ORDER);
  }

  /** The first {@code n} lanes. */
  static VectorMask<Float> tail(long n) {
    return F.indexInRange(0, n);
  }

  static FloatVector of(float value) {
    return FloatVector.broadcast(F, value);
  }

  /** Writes the first {@code n} lanes of a mask (at most all) as bytes 0 and 1. */
  static void storeMask(VectorMask<Float> mask, long address, int n) {
    long bits = mask.toLong();
    if (n >= W) {
      if (W == 4) {
        Memory.putInt(address, (int) bytes(bits));
        return;
      }
      Memory.putLong(address, bytes(bits));
      if (W == 16) {
        Memory.putLong(address + 8, bytes(bits >>> 8));
      }
      return;
    }
    for (int i = 0; i < n; i++) {
      Memory.putByte(address + i, (byte) (bits >>> i & 1));
    }
  }

  /** The mask of {@link #W} bytes 0 and 1; bytes beyond a row may be read but do not matter. */
  static VectorMask<Float> loadMask(long address) {
    long bits = W == 4 ? bits(Memory.getInt(address) & 0xFFFFFFFFL) : bits(Memory.getLong(address));
    if (W == 16) {
      bits |= bits(Memory.getLong(address + 8)) << 8;
    }
    return VectorMask.fromLong(F, bits);
  }

  /** Spreads the low eight bits over eight bytes, bit 0 to the first byte (little-endian, as every platform served). */
  private static long bytes(long bits) {
    long spread = (bits & 0xFF) * 0x0101010101010101L & 0x8040201008040201L;
    return spread + 0x7F7F7F7F7F7F7F7FL >>> 7 & 0x0101010101010101L;
  }

  /** Gathers eight bytes 0 and 1 into eight bits. */
  private static long bits(long bytes) {
    return bytes * 0x0102040810204080L >>> 56;
  }
}
