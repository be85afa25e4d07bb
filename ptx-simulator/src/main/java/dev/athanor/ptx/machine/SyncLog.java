package dev.athanor.ptx.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What has been published through one word of global memory by a fence and an atomic. Entries are only appended, so the first
 * {@code n} of them are what an atomic saw that came after the n-th.
 *
 * <p>This is the model behind the "last block" reduction: each block writes its part, fences and counts up; the block that draws
 * the last number has thereby seen every other block's part. Order is kept per block, not per thread.
 */
final class SyncLog {
  /** A release by a block: what it did up to that time, and what it had itself seen. */
  private record Entry(long ticket, int time, Map<SyncLog, Integer> seen) {}

  private final List<Entry> entries = new ArrayList<>();
  private final Map<Long, long[]> byTicket = new HashMap<>();

  /** Appends a release. */
  synchronized void release(BlockOrder order) {
    int last = entries.size() - 1;
    if (last >= 0 && entries.get(last).ticket == order.ticket() && entries.get(last).time == order.fencedTime()) {
      return;
    }
    Map<SyncLog, Integer> seen = new HashMap<>(order.acquired());
    seen.remove(this);
    byTicket.computeIfAbsent(order.ticket(), _ -> new long[] {entries.size(), order.fencedTime()});
    entries.add(new Entry(order.ticket(), order.fencedTime(), seen));
  }

  /** Entries so far. */
  synchronized int length() {
    return entries.size();
  }

  /** Whether the first {@code length} entries order a block's accesses up to a time before their reader. */
  synchronized boolean covers(long ticket, int time, int length) {
    long[] first = byTicket.get(ticket);
    if (first != null && first[0] < length && time <= first[1]) {
      return true;
    }
    for (int i = 0; i < length; i++) {
      Entry e = entries.get(i);
      if (e.ticket == ticket && time <= e.time) {
        return true;
      }
      for (Map.Entry<SyncLog, Integer> s : e.seen.entrySet()) {
        if (s.getKey().covers(ticket, time, s.getValue())) {
          return true;
        }
      }
    }
    return false;
  }
}
