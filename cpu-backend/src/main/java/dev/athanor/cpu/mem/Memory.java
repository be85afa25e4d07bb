package dev.athanor.cpu.mem;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;

/**
 * Raw off-heap memory, addressed by plain {@code long}s. Every kernel of this module works on addresses, and reaches memory
 * through the one segment {@link #ALL}, which is a compile-time constant to the JIT: an access costs one comparison with a
 * constant, nothing of liveness or ownership. Who holds an address answers for its bounds; core has checked shapes before a
 * kernel runs.
 *
 * <p>Blocks come from the C library's {@code malloc}, are aligned to {@value #ALIGNMENT} bytes and followed by as many spare
 * bytes, so that a vector may be loaded across the last element without touching foreign pages.
 */
@SuppressWarnings("restricted") // this class is what the permission for native access is for
public final class Memory {
  /** The alignment of every block in bytes: a cache line, and the widest vector. */
  public static final int ALIGNMENT = 64;
  /** The whole address space. */
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  /** The byte order of this machine. */
  public static final ByteOrder ORDER = ByteOrder.nativeOrder();

  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
  private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private static final MethodHandle MALLOC = handle("malloc",
      FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
  private static final MethodHandle FREE = handle("free", FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG));

  private Memory() {}

  private static MethodHandle handle(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  /**
   * Allocates a block; its contents are undefined.
   *
   * @return the address, a multiple of {@value #ALIGNMENT}, or 0 if the system has no memory left
   */
  public static long allocate(long bytes) {
    if (bytes < 0 || bytes > Long.MAX_VALUE - 4 * ALIGNMENT) {
      return 0;
    }
    try {
      long raw = (long) MALLOC.invokeExact(bytes + 3L * ALIGNMENT);
      if (raw == 0) {
        return 0;
      }
      long address = (raw + 2 * ALIGNMENT - 1) & -ALIGNMENT;
      putLong(address - Long.BYTES, raw); // where free() finds what malloc() gave
      return address;
    } catch (Throwable t) {
      throw new AssertionError("malloc cannot throw", t);
    }
  }

  /** Frees a block of {@link #allocate}; nothing may use it afterwards. Zero is ignored. */
  public static void free(long address) {
    if (address == 0) {
      return;
    }
    try {
      FREE.invokeExact(getLong(address - Long.BYTES));
    } catch (Throwable t) {
      throw new AssertionError("free cannot throw", t);
    }
  }

  public static float getFloat(long address) {
    return ALL.get(FLOAT, address);
  }

  public static void putFloat(long address, float value) {
    ALL.set(FLOAT, address, value);
  }

  public static double getDouble(long address) {
    return ALL.get(DOUBLE, address);
  }

  public static void putDouble(long address, double value) {
    ALL.set(DOUBLE, address, value);
  }

  public static int getInt(long address) {
    return ALL.get(INT, address);
  }

  public static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  public static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  public static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  public static short getShort(long address) {
    return ALL.get(SHORT, address);
  }

  public static void putShort(long address, short value) {
    ALL.set(SHORT, address, value);
  }

  public static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  public static void putByte(long address, byte value) {
    ALL.set(ValueLayout.JAVA_BYTE, address, value);
  }

  /** Copies bytes; the ranges may overlap. */
  public static void copy(long from, long to, long bytes) {
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }

  /** Sets bytes to zero. */
  public static void zero(long address, long bytes) {
    ALL.asSlice(address, bytes).fill((byte) 0);
  }
}
