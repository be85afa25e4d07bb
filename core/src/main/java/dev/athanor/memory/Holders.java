package dev.athanor.memory;

import dev.athanor.backend.Buffer;
import dev.athanor.backend.OutOfDeviceMemoryException.Holder;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Who holds a device's memory. Only pieces worth naming are noted: the note costs tens of nanoseconds, which the operations that
 * fill such a piece do not feel. Knows buffers, never their owners: those stay collectable.
 */
final class Holders {
  /** The smallest piece that is noted. */
  static final long NOTED = 64 << 10;
  private static final Label TEMPORARY = new Label("temporaries", null);

  private final Map<Buffer, Label> labels = new IdentityHashMap<>();

  private record Label(String what, StackWalker.StackFrame place) {
    String where() {
      return place == null ? "" : place.getFileName() + ":" + place.getLineNumber();
    }
  }

  private record Kind(String what, String place) {}

  void add(Buffer buffer, String what, StackWalker.StackFrame place) {
    if (buffer.bytes() >= NOTED) {
      labels.put(buffer, what == null ? TEMPORARY : new Label(what, place));
    }
  }

  void remove(Buffer buffer) {
    if (buffer.bytes() >= NOTED) {
      labels.remove(buffer);
    }
  }

  /** The kinds that hold most, the largest first. */
  List<Holder> largest(int most) {
    Map<Kind, Holder> kinds = new HashMap<>();
    labels.forEach((buffer, label) -> kinds.merge(new Kind(label.what, label.where()),
        new Holder(label.what, label.where(), 1, buffer.bytes()),
        (a, b) -> new Holder(a.what(), a.place(), a.count() + b.count(), a.bytes() + b.bytes())));
    return kinds.values().stream()
        .sorted(Comparator.comparingLong(Holder::bytes).reversed().thenComparing(Holder::what).thenComparing(Holder::place))
        .limit(most).toList();
  }
}
