package dev.athanor.cpu.mem;

import java.lang.foreign.Arena;

/**
 * Working memory of one thread: grown on demand, kept for the next call, given back when the thread is gone. A caller takes one
 * region at a time; regions with different slots do not disturb each other.
 */
public final class Scratch {
  /** Packed operands of the strided elementwise path. */
  public static final int OPERANDS = 0;
  /** The library's own working memory. */
  public static final int LIBRARY = 1;
  /** Packed panels of a matrix product. */
  public static final int PANEL_A = 2;
  /** Packed panels of a matrix product. */
  public static final int PANEL_B = 3;
  /** Rows of an unfolded image. */
  public static final int IMAGE = 4;
  /** Rows and partial results of a reduction. */
  public static final int ROWS = 5;
  /** A tile of a product before it is added to the result. */
  public static final int TILE = 6;

  /** The intermediate result of a function in two steps. */
  public static final int STAGE = 7;
  /** An image in the library's layout. */
  public static final int SOURCE = 8;
  /** A result in the library's layout. */
  public static final int TARGET = 9;
  /** Weights in the library's layout. */
  public static final int WEIGHTS = 10;
  /** One number or a few for each channel. */
  public static final int CHANNELS = 11;

  private static final int SLOTS = 12;
  private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

  private final long[] addresses = new long[SLOTS];
  private final long[] sizes = new long[SLOTS];
  private final Arena[] arenas = new Arena[SLOTS]; // keep the memory alive as long as this object

  private Scratch() {}

  /**
   * The address of at least {@code bytes} bytes, 64-byte aligned, contents undefined; valid until the slot is asked for again.
   */
  public static long take(int slot, long bytes) {
    Scratch s = OF_THREAD.get();
    return s.sizes[slot] >= bytes ? s.addresses[slot] : s.grow(slot, bytes);
  }

  private long grow(int slot, long bytes) {
    long size = Math.max(4096, Long.highestOneBit(Math.max(1, bytes - 1)) << 1);
    Arena arena = Arena.ofAuto(); // freed when the thread, and with it this object, is unreachable
    addresses[slot] = arena.allocate(size + Memory.ALIGNMENT, Memory.ALIGNMENT).address();
    sizes[slot] = size;
    arenas[slot] = arena;
    return addresses[slot];
  }
}
