package dev.athanor.cuda;

import dev.athanor.kernels.Kernel;

/** The work given to a device last, kept without allocating anything, for the message after a fault. */
final class RecentWork {
  private static final int KEPT = 8;

  /** A kernel, or the name of a library's operation. */
  private final Object[] what = new Object[KEPT];
  private final int[] blocks = new int[KEPT];
  private final int[] m = new int[KEPT];
  private final int[] n = new int[KEPT];
  private final int[] k = new int[KEPT];
  private long count;

  void launched(Kernel kernel, int grid) {
    int at = next();
    what[at] = kernel;
    blocks[at] = grid;
  }

  /** An operation of a library over so many tasks of three extents. */
  void called(String operation, int tasks, int first, int second, int third) {
    int at = next();
    what[at] = operation;
    blocks[at] = tasks;
    m[at] = first;
    n[at] = second;
    k[at] = third;
  }

  private int next() {
    return (int) (count++ % KEPT);
  }

  long count() {
    return count;
  }

  /** The kernel or operation given last, or an empty text. */
  String lastName() {
    if (count == 0) {
      return "";
    }
    Object last = what[(int) ((count - 1) % KEPT)];
    return last instanceof Kernel kernel ? kernel.entry() : (String) last;
  }

  /** The last of it, with its grid. */
  String last() {
    return count == 0 ? "nothing" : describe((int) ((count - 1) % KEPT));
  }

  /** All that is kept, the newest last. */
  String all() {
    var names = new StringBuilder();
    for (long i = Math.max(0, count - KEPT); i < count; i++) {
      names.append(names.isEmpty() ? "" : ", ").append(describe((int) (i % KEPT)));
    }
    return names.toString();
  }

  private String describe(int at) {
    return what[at] instanceof Kernel kernel
        ? kernel.entry() + " (grid " + blocks[at] + ", block " + kernel.launch().threads() + ")"
        : what[at] + " (" + blocks[at] + " of " + m[at] + " x " + n[at] + " x " + k[at] + ")";
  }
}
