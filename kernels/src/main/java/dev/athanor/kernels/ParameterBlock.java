package dev.athanor.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Writes the parameters of one launch into a block of memory that is reused: nothing is allocated. The block has the
 * layout a launch takes as {@code CU_LAUNCH_PARAM_BUFFER_POINTER} (each parameter at its own alignment, in order), which
 * is also what the simulator takes. Each value is checked against the kernel's parameter list. Not thread-safe.
 */
public final class ParameterBlock {
  /** The most bytes of parameters a kernel may have. */
  public static final int MAX_BYTES = 4096;

  /** Bytes of the structure {@code Groups} of group normalisation. */
  static final int GROUPS_BYTES = 56;

  private final MemorySegment memory;
  private Kernel kernel;
  private int next;
  private int end;

  /**
   * A block over this memory, which stays the caller's.
   *
   * @throws IllegalArgumentException if it is smaller than {@link #MAX_BYTES} or not aligned to 8 bytes
   */
  public ParameterBlock(MemorySegment memory) {
    if (memory.byteSize() < MAX_BYTES || memory.maxByteAlignment() < 8) {
      throw new IllegalArgumentException("a parameter block needs " + MAX_BYTES + " bytes aligned to 8, given "
          + memory.byteSize() + " bytes aligned to " + memory.maxByteAlignment());
    }
    this.memory = memory;
  }

  /** Starts the parameters of this kernel. */
  public ParameterBlock begin(Kernel kernel) {
    this.kernel = kernel;
    next = 0;
    end = 0;
    return this;
  }

  /** A device address, the operand's offset included. */
  public ParameterBlock pointer(long address) {
    memory.set(ValueLayout.JAVA_LONG, place(ParameterType.POINTER, 8), address);
    return this;
  }

  /** A 64-bit number. */
  public ParameterBlock int64(long value) {
    memory.set(ValueLayout.JAVA_LONG, place(ParameterType.INT64, 8), value);
    return this;
  }

  /** A 32-bit number. */
  public ParameterBlock int32(int value) {
    memory.set(ValueLayout.JAVA_INT, place(ParameterType.INT32, 4), value);
    return this;
  }

  /** A float32 number. */
  public ParameterBlock float32(float value) {
    memory.set(ValueLayout.JAVA_FLOAT, place(ParameterType.FLOAT32, 4), value);
    return this;
  }

  /** A float64 number. */
  public ParameterBlock float64(double value) {
    memory.set(ValueLayout.JAVA_DOUBLE, place(ParameterType.FLOAT64, 8), value);
    return this;
  }

  /** A scalar in whichever floating type the kernel declares here. */
  public ParameterBlock scalar(double value) {
    return next < kernel.parameters().size() && kernel.parameters().get(next).type() == ParameterType.FLOAT64
        ? float64(value) : float32((float) value);
  }

  /** A layout; it must be closed by {@link Layout#end()}. */
  public ParameterBlock layout(Layout layout) {
    layout.write(memory, place(ParameterType.STRUCT, Layout.bytes(layout.operands())));
    return this;
  }

  /**
   * A divisor of numerators from 0 to {@code largest}.
   *
   * @param value the divisor, at least 1
   * @param largest the largest number that will be divided
   */
  public ParameterBlock divisor(long value, long largest) {
    divisor(place(ParameterType.STRUCT, Divisor.BYTES), value, largest);
    return this;
  }

  private void divisor(long at, long value, long largest) {
    boolean narrow = value <= Integer.MAX_VALUE && largest <= Integer.MAX_VALUE;
    memory.set(ValueLayout.JAVA_LONG, at, value);
    memory.set(ValueLayout.JAVA_INT, at + 8, narrow ? Divisor.magic(value) : 0);
    memory.set(ValueLayout.JAVA_INT, at + 12, narrow ? Divisor.shift(value) : Divisor.WIDE);
  }

  /**
   * Where the elements of group normalisation's groups lie: x is {@code [samples, channels, positions]}, or
   * {@code [samples, positions, channels]} where {@code channelsLast}, with {@code channels = groups * perGroup}.
   */
  public ParameterBlock groups(long samples, long groups, long perGroup, long positions, boolean channelsLast) {
    long at = place(ParameterType.STRUCT, GROUPS_BYTES);
    memory.set(ValueLayout.JAVA_LONG, at, samples);
    memory.set(ValueLayout.JAVA_LONG, at + 8, groups);
    memory.set(ValueLayout.JAVA_LONG, at + 16, perGroup);
    memory.set(ValueLayout.JAVA_LONG, at + 24, positions);
    divisor(at + 32, channelsLast ? perGroup : positions, perGroup * positions);
    memory.set(ValueLayout.JAVA_LONG, at + 48, channelsLast ? 1 : 0);
    return this;
  }

  /**
   * Room for a structure of this many bytes, which the caller writes at the returned offset of {@link #memory()}.
   *
   * @return the offset in bytes
   */
  public int struct(int bytes) {
    return place(ParameterType.STRUCT, bytes);
  }

  /** The whole memory of this block. */
  public MemorySegment memory() {
    return memory;
  }

  /**
   * The size of the finished block in bytes.
   *
   * @throws IllegalStateException if parameters are missing
   */
  public int bytes() {
    if (next != kernel.parameters().size()) {
      throw new IllegalStateException(kernel + ": " + next + " of " + kernel.parameters().size()
          + " parameters written; the next one is " + kernel.parameters().get(next));
    }
    return end;
  }

  /** The finished block as a slice of the memory (this allocates the slice's small object). */
  public MemorySegment segment() {
    return memory.asSlice(0, bytes());
  }

  private int place(ParameterType type, int bytes) {
    if (next >= kernel.parameters().size()) {
      throw new IllegalStateException(kernel + " has only " + kernel.parameters().size() + " parameters");
    }
    Parameter p = kernel.parameters().get(next);
    if (p.type() != type || p.bytes() != bytes) {
      throw new IllegalArgumentException(kernel + ": parameter " + next + " (" + p.name() + ") is " + p.type() + " of "
          + p.bytes() + " bytes, given " + type + " of " + bytes);
    }
    int at = Kernel.align(end, p.alignment());
    end = at + bytes;
    next++;
    return at;
  }
}
