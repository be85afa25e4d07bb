package dev.athanor.ptx.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A contiguous piece of memory: a page of an allocation, the shared memory of a block, the local memory of a thread or a kernel's
 * parameters. Beside each byte of data lies a byte that is 1 once somebody wrote it.
 */
public class Region {
  /** Little-endian views of a byte array, at any offset. */
  public static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  /** Little-endian 32-bit view. */
  public static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  /** Little-endian 64-bit view. */
  public static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int ALL4 = 0x01010101;
  private static final long ALL8 = 0x0101010101010101L;

  /** The bytes. */
  public final byte[] data;
  /** 1 for each byte that holds a value somebody wrote; null if that is not checked. */
  public final byte[] written;
  /** Bytes that may be accessed; at most the length of the array. */
  public final int limit;

  /**
   * @param bytes size
   * @param track whether to remember which bytes were written
   */
  public Region(int bytes, boolean track) {
    data = new byte[bytes];
    written = track ? new byte[bytes] : null;
    limit = bytes;
  }

  /** The value of 1, 2, 4 or 8 bytes at an offset, zero-extended. */
  public final long load(int at, int size) {
    return switch (size) {
      case 1 -> data[at] & 0xFFL;
      case 2 -> (short) SHORT.get(data, at) & 0xFFFFL;
      case 4 -> (int) INT.get(data, at) & 0xFFFF_FFFFL;
      default -> (long) LONG.get(data, at);
    };
  }

  /** Stores the low 1, 2, 4 or 8 bytes of a value; marks them written. */
  public final void store(int at, int size, long value) {
    switch (size) {
      case 1 -> data[at] = (byte) value;
      case 2 -> SHORT.set(data, at, (short) value);
      case 4 -> INT.set(data, at, (int) value);
      default -> LONG.set(data, at, value);
    }
    if (written != null) {
      mark(at, size, ALL8);
    }
  }

  /** Whether every one of the bytes was written (or that is not checked). */
  public final boolean isWritten(int at, int size) {
    return written == null || switch (size) {
      case 1 -> written[at] != 0;
      case 2 -> (short) SHORT.get(written, at) == (short) ALL4;
      case 4 -> (int) INT.get(written, at) == ALL4;
      default -> (long) LONG.get(written, at) == ALL8;
    };
  }

  /** Marks bytes as holding an undefined value. */
  public final void unwrite(int at, int size) {
    if (written != null) {
      mark(at, size, 0);
    }
  }

  private void mark(int at, int size, long value) {
    switch (size) {
      case 1 -> written[at] = (byte) value;
      case 2 -> SHORT.set(written, at, (short) value);
      case 4 -> INT.set(written, at, (int) value);
      default -> LONG.set(written, at, value);
    }
  }

  /** Forgets that anybody wrote here. The bytes keep their values. */
  public final void forget() {
    if (written != null) {
      Arrays.fill(written, (byte) 0);
    }
  }
}
