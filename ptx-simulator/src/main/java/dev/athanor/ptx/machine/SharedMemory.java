package dev.athanor.ptx.machine;

/**
 * The shared memory of a running block with its race check. Only one thread of the host runs a block, so the cells are plain.
 * Records of earlier blocks are recognised by their ticket and need no clearing. The word and byte cells work as in {@link
 * GlobalShadow}.
 */
public final class SharedMemory extends Region {
  /** In a word's cells: look at the bytes' cells. Above every record, so that it fails the quick tests. */
  private static final long SPLIT = Long.MAX_VALUE;
  private final long[] wordWrites;
  private final long[] wordReads;
  private long[] byteWrites;
  private long[] byteReads;

  /**
   * @param bytes size
   * @param track whether to remember which bytes were written
   * @param races whether to look for races
   */
  public SharedMemory(int bytes, boolean track, boolean races) {
    super(bytes, track);
    int words = races ? (bytes + 3) / 4 : 0;
    wordWrites = new long[words];
    wordReads = new long[words];
  }

  /** Notes a write; returns the record of an access it races with, or 0. */
  public long write(int at, int size, BlockOrder order, int thread, boolean atomic) {
    if (size < 4) {
      return writeBytes(at, size, order, thread, atomic);
    }
    for (int i = at >> 2; i < at + size >> 2; i++) {
      if (wordWrites[i] < order.fullStamp() && wordReads[i] < order.fullStamp()) {
        wordWrites[i] = order.record(thread, atomic);
        continue;
      }
      long conflict = wordWrites[i] == SPLIT ? writeBytes(i << 2, 4, order, thread, atomic)
          : write(wordWrites, wordReads, i, order, thread, atomic);
      if (conflict != 0) {
        return conflict;
      }
    }
    return 0;
  }

  /** Notes a read; returns the record of a write it races with, or 0. */
  public long read(int at, int size, BlockOrder order, int thread, boolean atomic) {
    if (size < 4) {
      return readBytes(at, size, order, thread, atomic);
    }
    for (int i = at >> 2; i < at + size >> 2; i++) {
      if (wordWrites[i] < order.fullStamp() && wordReads[i] < order.fullStamp()) {
        wordReads[i] = order.record(thread, atomic);
        continue;
      }
      long conflict = wordWrites[i] == SPLIT ? readBytes(i << 2, 4, order, thread, atomic)
          : read(wordWrites, wordReads, i, order, thread, atomic);
      if (conflict != 0) {
        return conflict;
      }
    }
    return 0;
  }

  private long writeBytes(int at, int size, BlockOrder order, int thread, boolean atomic) {
    split(at >> 2);
    long conflict = 0;
    for (int i = at; i < at + size && conflict == 0; i++) {
      conflict = write(byteWrites, byteReads, i, order, thread, atomic);
    }
    return conflict;
  }

  private long readBytes(int at, int size, BlockOrder order, int thread, boolean atomic) {
    split(at >> 2);
    long conflict = 0;
    for (int i = at; i < at + size && conflict == 0; i++) {
      conflict = read(byteWrites, byteReads, i, order, thread, atomic);
    }
    return conflict;
  }

  private static long write(long[] writes, long[] reads, int i, BlockOrder order, int thread, boolean atomic) {
    long me = order.record(thread, atomic);
    long old = writes[i];
    if (old != me) {
      writes[i] = me;
      if (old != 0 && !(atomic && BlockOrder.atomic(old)) && !order.orderedHere(old, thread)) {
        order.conflictWasRead = false;
        return old;
      }
    }
    long reader = reads[i];
    if (reader != 0 && !(atomic && BlockOrder.atomic(reader)) && !order.orderedHere(reader, thread)) {
      order.conflictWasRead = true;
      return reader;
    }
    return 0;
  }

  private static long read(long[] writes, long[] reads, int i, BlockOrder order, int thread, boolean atomic) {
    long me = order.record(thread, atomic);
    long old = reads[i];
    if (old != me && !BlockOrder.includes(old, me)) {
      reads[i] = old == 0 || order.orderedHere(old, thread) ? me : BlockOrder.merge(old, me);
    }
    long writer = writes[i];
    if (writer != 0 && !(atomic && BlockOrder.atomic(writer)) && !order.orderedHere(writer, thread)) {
      order.conflictWasRead = false;
      return writer;
    }
    return 0;
  }

  private void split(int word) {
    if (wordWrites[word] == SPLIT) {
      return;
    }
    if (byteWrites == null) {
      byteWrites = new long[wordWrites.length * 4];
      byteReads = new long[wordWrites.length * 4];
    }
    for (int i = word << 2; i < word + 1 << 2; i++) {
      byteWrites[i] = wordWrites[word];
      byteReads[i] = wordReads[word];
    }
    wordWrites[word] = SPLIT;
  }
}
