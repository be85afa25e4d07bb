package dev.athanor.memory;

/**
 * A device's memory as core's allocator sees it, in bytes.
 *
 * @param live handed out and not yet given back
 * @param cached given back and kept for the next request
 * @param peak the largest {@code live} so far
 * @param requests allocations asked for
 * @param misses allocations that the cache could not serve
 */
public record MemoryStats(long live, long cached, long peak, long requests, long misses) {
  /** As {@code live 1.5 MiB, cached 3.0 MiB, peak 2.0 MiB, 120 requests, 14 misses}. */
  @Override
  public String toString() {
    return "live " + size(live) + ", cached " + size(cached) + ", peak " + size(peak) + ", " + requests + " requests, " + misses
        + " misses";
  }

  /** A number of bytes for people: {@code 1.5 MiB}. */
  public static String size(long bytes) {
    if (bytes < 1024) {
      return bytes + " B";
    }
    int unit = (63 - Long.numberOfLeadingZeros(bytes)) / 10;
    return String.format(java.util.Locale.ROOT, "%.1f %ciB", bytes / (double) (1L << 10 * unit), "KMGTPE".charAt(unit - 1));
  }
}
