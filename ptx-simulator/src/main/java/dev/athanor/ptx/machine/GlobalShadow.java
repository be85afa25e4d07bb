package dev.athanor.ptx.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The race check of global memory: for each word the last write and the last reads, as records of {@link BlockOrder}.
 *
 * <p>Blocks run in parallel, so cells are exchanged atomically: of two accesses that race, the one that comes second in the
 * memory order of this machine always sees the record of the first. A word that is accessed by part is handed over, for good, to
 * cells for its bytes.
 */
public final class GlobalShadow {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  /** In a word's cells: look at the bytes' cells. */
  private static final long SPLIT = -1;

  private GlobalShadow() {}

  /** Notes a write; returns the record of an access it races with, or 0. */
  public static long write(Page p, int at, int size, BlockOrder order, int thread, boolean atomic) {
    if (size >= 4) {
      Page.Records words = p.words();
      for (int i = at >> 2; i < at + size >> 2; i++) {
        long conflict = write(words, i, order, thread, atomic);
        if (conflict == SPLIT) {
          conflict = writeBytes(p, i << 2, 4, order, thread, atomic);
        }
        if (conflict != 0) {
          return conflict;
        }
      }
      return 0;
    }
    return writeBytes(p, at, size, order, thread, atomic);
  }

  /** Notes a read; returns the record of a write it races with, or 0. */
  public static long read(Page p, int at, int size, BlockOrder order, int thread, boolean atomic) {
    if (size >= 4) {
      Page.Records words = p.words();
      for (int i = at >> 2; i < at + size >> 2; i++) {
        long conflict = read(words, i, order, thread, atomic);
        if (conflict == SPLIT) {
          conflict = readBytes(p, i << 2, 4, order, thread, atomic);
        }
        if (conflict != 0) {
          return conflict;
        }
      }
      return 0;
    }
    return readBytes(p, at, size, order, thread, atomic);
  }

  private static long writeBytes(Page p, int at, int size, BlockOrder order, int thread, boolean atomic) {
    split(p, at >> 2);
    Page.Records bytes = p.bytes();
    long conflict = 0;
    for (int i = at; i < at + size && conflict == 0; i++) {
      conflict = write(bytes, i, order, thread, atomic);
    }
    return conflict;
  }

  private static long readBytes(Page p, int at, int size, BlockOrder order, int thread, boolean atomic) {
    split(p, at >> 2);
    Page.Records bytes = p.bytes();
    long conflict = 0;
    for (int i = at; i < at + size && conflict == 0; i++) {
      conflict = read(bytes, i, order, thread, atomic);
    }
    return conflict;
  }

  private static long write(Page.Records cells, int i, BlockOrder order, int thread, boolean atomic) {
    long me = order.record(thread, atomic);
    long[] writes = cells.writes();
    long old;
    do {
      old = (long) CELL.getVolatile(writes, i);
      if (old == SPLIT) {
        return SPLIT;
      }
    } while (old != me && !CELL.compareAndSet(writes, i, old, me));
    if (old >= order.launchStamp() && old != me && !(atomic && BlockOrder.atomic(old)) && !order.ordered(old, thread)) {
      order.conflictWasRead = false;
      return old;
    }
    long reader = (long) CELL.getVolatile(cells.reads(), i);
    if (reader == SPLIT) {
      return SPLIT;
    }
    if (reader >= order.launchStamp() && !(atomic && BlockOrder.atomic(reader)) && !order.ordered(reader, thread)) {
      order.conflictWasRead = true;
      return reader;
    }
    return 0;
  }

  private static long read(Page.Records cells, int i, BlockOrder order, int thread, boolean atomic) {
    long me = order.record(thread, atomic);
    long[] reads = cells.reads();
    while (true) {
      long old = (long) CELL.getVolatile(reads, i);
      if (old == SPLIT) {
        return SPLIT;
      }
      if (old == me) {
        break;
      }
      if (BlockOrder.includes(old, me)) {
        break;
      }
      long next = old < order.launchStamp() || order.ordered(old, thread) ? me : BlockOrder.merge(old, me);
      if (next == old || CELL.compareAndSet(reads, i, old, next)) {
        break;
      }
    }
    long writer = (long) CELL.getVolatile(cells.writes(), i);
    if (writer == SPLIT) {
      return SPLIT;
    }
    if (writer >= order.launchStamp() && !(atomic && BlockOrder.atomic(writer)) && !order.ordered(writer, thread)) {
      order.conflictWasRead = false;
      return writer;
    }
    return 0;
  }

  /**
   * Hands a word over to its bytes. The reads go first: whoever then meets SPLIT comes here and waits for the writes to follow,
   * so nobody works on the bytes before they hold everything the word knew.
   */
  private static void split(Page p, int word) {
    Page.Records words = p.words();
    if ((long) CELL.getVolatile(words.writes(), word) == SPLIT) {
      return;
    }
    synchronized (p) {
      if ((long) CELL.getVolatile(words.writes(), word) != SPLIT) {
        Page.Records bytes = p.bytes();
        handOver(words.reads(), bytes.reads(), word);
        handOver(words.writes(), bytes.writes(), word);
      }
    }
  }

  private static void handOver(long[] words, long[] bytes, int word) {
    long old;
    do {
      old = (long) CELL.getVolatile(words, word);
      for (int i = word << 2; i < word + 1 << 2; i++) {
        CELL.setVolatile(bytes, i, old);
      }
    } while (!CELL.compareAndSet(words, word, old, SPLIT));
  }
}
