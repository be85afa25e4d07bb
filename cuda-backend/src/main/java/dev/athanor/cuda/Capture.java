package dev.athanor.cuda;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a {@link CudaStream} keeps of work that it captures and of the graph that comes of it: memory for temporaries of its own,
 * whose addresses stand in the graph, contents to be written once before the first replay, and which operation may report a wrong
 * index.
 */
final class Capture {
  private final Map<Long, ArrayDeque<Long>> free = new HashMap<>();
  private final List<Piece> taken = new ArrayList<>();
  private final List<Content> contents = new ArrayList<>();
  Gpu.Graph graph;
  String indexed;
  int calls;

  record Piece(long address, long bytes) {}

  record Content(MemorySegment bytes, long address) {}

  /** Memory that a temporary of this capture gave back, or 0. */
  long reuse(long bytes) {
    ArrayDeque<Long> pieces = free.get(bytes);
    return pieces == null || pieces.isEmpty() ? 0 : pieces.pop();
  }

  /** New memory that belongs to the capture. */
  long own(long address, long bytes) {
    taken.add(new Piece(address, bytes));
    return address;
  }

  void give(long address, long bytes) {
    free.computeIfAbsent(bytes, _ -> new ArrayDeque<>()).push(address);
  }

  /** Contents of memory that nothing captured writes. */
  void content(MemorySegment bytes, long address) {
    contents.add(new Content(MemorySegment.ofArray(bytes.toArray(ValueLayout.JAVA_BYTE)), address));
  }

  List<Piece> taken() {
    return taken;
  }

  List<Content> contents() {
    return contents;
  }
}
