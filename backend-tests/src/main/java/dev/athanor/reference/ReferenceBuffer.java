package dev.athanor.reference;

import dev.athanor.backend.Buffer;
import dev.athanor.tensor.View;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Device memory of the reference backend: a checked array of bytes. Elements are addressed by type and element index. */
final class ReferenceBuffer implements Buffer {
  private final long bytes;
  private MemorySegment memory;

  ReferenceBuffer(long bytes) {
    this.bytes = bytes;
    this.memory = MemorySegment.ofArray(new byte[Math.toIntExact(bytes)]);
    memory.fill((byte) 0xFF); // NaN, -1: nobody mistakes fresh memory for zeros
  }

  @Override
  public long bytes() {
    return bytes;
  }

  /** The bytes, for transfers. */
  MemorySegment memory() {
    if (memory == null) {
      throw new IllegalStateException("the buffer of " + bytes + " bytes was released");
    }
    return memory;
  }

  void release() {
    memory();
    memory = null;
  }

  private static MemorySegment memoryOf(View view) {
    return ((ReferenceBuffer) view.buffer()).memory();
  }

  /** The bits of the element at a position of the view's buffer. */
  static long bits(View view, long at) {
    MemorySegment m = memoryOf(view);
    return switch (view.dtype().bytes()) {
      case 1 -> m.get(ValueLayout.JAVA_BYTE, at) & 0xFF;
      case 2 -> m.get(ValueLayout.JAVA_SHORT_UNALIGNED, at * 2) & 0xFFFF;
      case 4 -> m.get(ValueLayout.JAVA_INT_UNALIGNED, at * 4) & 0xFFFFFFFFL;
      default -> m.get(ValueLayout.JAVA_LONG_UNALIGNED, at * 8);
    };
  }

  /** Writes the bits of one element. */
  static void bits(View view, long at, long bits) {
    MemorySegment m = memoryOf(view);
    switch (view.dtype().bytes()) {
      case 1 -> m.set(ValueLayout.JAVA_BYTE, at, (byte) bits);
      case 2 -> m.set(ValueLayout.JAVA_SHORT_UNALIGNED, at * 2, (short) bits);
      case 4 -> m.set(ValueLayout.JAVA_INT_UNALIGNED, at * 4, (int) bits);
      default -> m.set(ValueLayout.JAVA_LONG_UNALIGNED, at * 8, bits);
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
    return view.dtype().bytes() == 4 ? (int) bits : bits;
  }

  /** Writes an integer or a bool; int32 keeps the low 32 bits. */
  static void integer(View view, long at, long value) {
    bits(view, at, value);
  }
}
