package dev.athanor.ptx.machine;

/** A page of an allocation in global memory, with the records of the race check (see {@link GlobalShadow}). */
public final class Page extends Region {
  /** Size of a page as a power of two. */
  public static final int BITS = 16;
  /** Size of a page in bytes. */
  public static final int SIZE = 1 << BITS;

  /** The allocation this page is part of. */
  public final Allocation owner;
  private volatile Records words;
  private volatile Records bytes;

  /** Last write and last reads, one cell for each word or byte of the page. */
  record Records(long[] writes, long[] reads) {}

  Page(Allocation owner, int size, boolean track) {
    super(size, track);
    this.owner = owner;
  }

  /** Records by 4-byte word. */
  Records words() {
    Records r = words;
    return r != null ? r : makeWords();
  }

  /** Records by byte, used for the words that were accessed by part. */
  Records bytes() {
    Records r = bytes;
    return r != null ? r : makeBytes();
  }

  private synchronized Records makeWords() {
    if (words == null) {
      int n = (limit + 3) / 4;
      words = new Records(new long[n], new long[n]);
    }
    return words;
  }

  private synchronized Records makeBytes() {
    if (bytes == null) {
      int n = (limit + 3) / 4 * 4;
      bytes = new Records(new long[n], new long[n]);
    }
    return bytes;
  }
}
