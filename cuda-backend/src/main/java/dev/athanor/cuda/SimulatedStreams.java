package dev.athanor.cuda;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;

/**
 * The two streams of a simulated device, and the events that order them. Work of one stream runs in order; between the streams
 * only events decide. {@link Order} says which stream hurries: a program must get the same result in every order, so a test that
 * runs it in all of them finds a wait that is missing.
 *
 * <p>A fault is kept until somebody waits for the device, as a GPU does; what was given after it never runs.
 */
final class SimulatedStreams {
  /** A stream. */
  enum Stream { COMPUTE, COPIES }

  /** What runs first where no event says. */
  enum Order {
    /** Each at once, in the order in which it was given. */
    AS_GIVEN,
    /** Computation at once, copies as late as possible. */
    COPIES_LATE,
    /** Copies at once, computation as late as possible. */
    COMPUTE_LATE;

    private boolean late(Stream stream) {
      return switch (this) {
        case AS_GIVEN -> false;
        case COPIES_LATE -> stream == Stream.COPIES;
        case COMPUTE_LATE -> stream == Stream.COMPUTE;
      };
    }
  }

  /** A point in a stream's work: past when all work given before it was done. */
  static final class Event {
    private final Stream stream;
    private boolean past;

    private Event(Stream stream) {
      this.stream = stream;
    }
  }

  private final Order order;
  private final Map<Stream, ArrayDeque<Runnable>> queues = new EnumMap<>(Stream.class);
  private RuntimeException fault;

  SimulatedStreams(Order order) {
    this.order = order;
    for (Stream s : Stream.values()) {
      queues.put(s, new ArrayDeque<>());
    }
  }

  /** Whether work of this stream may run only later, so that what it refers to must be kept. */
  boolean late(Stream stream) {
    return order.late(stream) || !queues.get(stream).isEmpty();
  }

  /** Gives a stream work. */
  void add(Stream stream, Runnable work) {
    if (!late(stream)) {
      run(work);
      return;
    }
    queues.get(stream).add(work);
    if (!order.late(stream)) {
      drain(stream);
    }
  }

  /** The point after all work that this stream has been given so far. */
  Event record(Stream stream) {
    Event event = new Event(stream);
    add(stream, () -> event.past = true);
    return event;
  }

  /** Work given to this stream from now on runs after the event. */
  void await(Stream stream, Event event) {
    add(stream, () -> {
      while (!event.past && fault == null) {
        step(event.stream);
      }
    });
  }

  /** Runs all work given so far. Throws the fault that was met. */
  void finish() {
    for (Stream s : Stream.values()) {
      drain(s);
    }
    if (fault != null) {
      throw fault;
    }
  }

  private void drain(Stream stream) {
    while (!queues.get(stream).isEmpty()) {
      step(stream);
    }
  }

  private void step(Stream stream) {
    run(queues.get(stream).remove());
  }

  private void run(Runnable work) {
    if (fault == null) {
      try {
        work.run();
      } catch (RuntimeException e) {
        fault = e;
      }
    }
  }
}
