package dev.athanor.ptx.machine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The asynchronous copies of a warp that nobody has waited for, by lane and group. A copy happens when its group is waited for
 * and not before, so that a kernel which forgets to wait finds its shared memory unwritten or old.
 */
public final class AsyncQueue {
  /** A copy that waits. */
  public interface Copy {
    /** Does it, for a lane. */
    void run(WarpState w, int lane);
  }

  private final List<List<Copy>> open = new ArrayList<>();
  private final List<ArrayDeque<List<Copy>>> committed = new ArrayList<>();

  AsyncQueue() {
    for (int i = 0; i < 32; i++) {
      open.add(new ArrayList<>());
      committed.add(new ArrayDeque<>());
    }
  }

  void clear() {
    open.forEach(List::clear);
    committed.forEach(ArrayDeque::clear);
  }

  /** Adds a copy to the group of a lane that is not yet committed. */
  public void add(int lane, Copy copy) {
    open.get(lane).add(copy);
  }

  /** Closes the group of a lane, which may be empty. */
  public void commit(int lane) {
    committed.get(lane).add(List.copyOf(open.get(lane)));
    open.get(lane).clear();
  }

  /** Completes all but the latest groups of a lane. */
  public void await(WarpState w, int lane, int latest) {
    ArrayDeque<List<Copy>> groups = committed.get(lane);
    while (groups.size() > latest) {
      groups.poll().forEach(c -> c.run(w, lane));
    }
  }
}
