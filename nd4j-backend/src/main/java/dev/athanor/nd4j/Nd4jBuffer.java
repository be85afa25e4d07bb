package dev.athanor.nd4j;

import dev.athanor.backend.Buffer;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataBuffer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Memory from ND4J's allocator, outside Java's heap. It is seen in two ways: as ND4J arrays, which share it, and as bytes.
 * Making an array costs ND4J some microseconds, so the layouts last used are kept.
 */
final class Nd4jBuffer implements Buffer {
  private static final int ALIGNMENT = 64;
  private static final int KEPT = 32;

  /** What makes an array of this memory. */
  private record Layout(DataType type, Shape shape, LongArray strides, long offset) {}

  /** An array that is equal to another of the same numbers. */
  private record LongArray(long[] values) {
    @Override
    public boolean equals(Object other) {
      return other instanceof LongArray(long[] v) && Arrays.equals(v, values);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(values);
    }
  }

  private final long bytes;
  private final DataBuffer[] typed = new DataBuffer[DataType.values().length];
  private final Map<Layout, INDArray> arrays = new LinkedHashMap<>(16, 0.75f, true) {
    @Override
    protected boolean removeEldestEntry(Map.Entry<Layout, INDArray> eldest) {
      return size() > KEPT;
    }
  };
  private DataBuffer raw;
  private MemorySegment memory;

  /**
   * New memory, its contents undefined, aligned to 64 bytes.
   *
   * @throws OutOfDeviceMemoryException if the machine has no room
   */
  @SuppressWarnings("restricted") // the memory was just allocated with this size
  Nd4jBuffer(long bytes) {
    this.bytes = bytes;
    try {
      this.raw = Nd4j.createBuffer(DataType.INT8, bytes + ALIGNMENT, false);
    } catch (OutOfMemoryError | RuntimeException e) {
      throw new OutOfDeviceMemoryException(bytes, "nd4j: no room for " + bytes + " bytes outside Java's heap: " + e.getMessage());
    }
    long start = Math.ceilDiv(raw.address(), (long) ALIGNMENT) * ALIGNMENT;
    this.memory = MemorySegment.ofAddress(start).reinterpret(bytes);
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /** The bytes. */
  MemorySegment memory() {
    if (memory == null) {
      throw new IllegalStateException("the buffer of " + bytes + " bytes was released");
    }
    return memory;
  }

  /** Gives the memory back to ND4J. */
  void release() {
    memory();
    memory = null;
    arrays.clear();
    Arrays.fill(typed, null);
    raw.close();
  }

  /** A view's elements as an ND4J array that shares the memory. The view has elements, and no negative strides. */
  static INDArray array(View view) {
    return array(view, Types.of(view.dtype()));
  }

  /** The same under another type of the same number of bytes. */
  static INDArray array(View view, DataType type) {
    var buffer = (Nd4jBuffer) view.buffer();
    var layout = new Layout(type, view.shape(), new LongArray(view.strides()), view.offset());
    INDArray known = buffer.arrays.get(layout);
    if (known == null) {
      known = Nd4j.create(buffer.typed(type), view.shape().dims(), view.strides(), view.offset(), 'c');
      buffer.arrays.put(layout, known);
    }
    return known;
  }

  private DataBuffer typed(DataType type) {
    DataBuffer known = typed[type.ordinal()];
    if (known == null) {
      long address = memory().address();
      long length = bytes / type.width();
      known = Nd4j.createBuffer(Types.pointer(new At(address, bytes), type).capacity(length).limit(length), length, type);
      typed[type.ordinal()] = known;
    }
    return known;
  }

  /** JavaCPP's pointer to an address; owns nothing. */
  private static final class At extends BytePointer {
    At(long address, long bytes) {
      super((Pointer) null);
      this.address = address;
      this.limit = bytes;
      this.capacity = bytes;
    }
  }

  private static MemorySegment memoryOf(View view) {
    return ((Nd4jBuffer) view.buffer()).memory();
  }

  /** The bits of the element at a position of the view's buffer. */
  static long bits(View view, long at) {
    MemorySegment m = memoryOf(view);
    return switch (view.dtype()) {
      case BOOL -> m.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
      case BFLOAT16, FLOAT16 -> m.get(ValueLayout.JAVA_SHORT, at * 2) & 0xFFFF;
      case FLOAT32, INT32 -> m.get(ValueLayout.JAVA_INT, at * 4) & 0xFFFFFFFFL;
      case FLOAT64, INT64 -> m.get(ValueLayout.JAVA_LONG, at * 8);
    };
  }

  /** Writes the bits of one element. */
  static void bits(View view, long at, long bits) {
    MemorySegment m = memoryOf(view);
    switch (view.dtype()) {
      case BOOL -> m.set(ValueLayout.JAVA_BYTE, at, (byte) bits);
      case BFLOAT16, FLOAT16 -> m.set(ValueLayout.JAVA_SHORT, at * 2, (short) bits);
      case FLOAT32, INT32 -> m.set(ValueLayout.JAVA_INT, at * 4, (int) bits);
      case FLOAT64, INT64 -> m.set(ValueLayout.JAVA_LONG, at * 8, bits);
    }
  }

  /** One element as a float64. */
  static double get(View view, long at) {
    return view.dtype().value(bits(view, at));
  }

  /** Writes a float64, rounded to the view's type. */
  static void set(View view, long at, double value) {
    bits(view, at, view.dtype().bits(value));
  }

  /** One element of an integer or bool view. */
  static long integer(View view, long at) {
    long bits = bits(view, at);
    return view.dtype() == DType.INT32 ? (int) bits : bits;
  }
}
