package dev.athanor.memory;

import dev.athanor.backend.Backend;
import dev.athanor.backend.Buffer;
import dev.athanor.backend.OutOfDeviceMemoryException;
import dev.athanor.backend.Workspace;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Keeps a device's released buffers by size class and hands them out again, so that a training step allocates nothing after its
 * first time. Size classes are multiples of 64 bytes up to 512, then four per power of two: beyond the rounding to 64, at most a
 * fifth of a buffer is unused.
 *
 * <p>Memory whose owner became unreachable without having been closed comes back too: the garbage collector queues it, and the
 * next allocation takes it from the queue. Since the collector does not see the memory of a device, a request that would grow the
 * device's memory well beyond what was in use after the last collection asks for one first, and returns idle memory of other
 * sizes to the device if that was not enough.
 *
 * <p>Safe for use by several threads; the lock is held for tens of nanoseconds.
 */
public final class CachingAllocator implements Workspace {
  private static final int STEPS = 4;
  private static final long UNIT = 64;
  private static final long FIRST_COLLECTION = 256L << 20;
  private static final long PATIENCE = 2_000_000_000L; // nanoseconds
  private static final int CLASSES = STEPS * 64;

  private final Backend backend;
  private final Shelves free = new Shelves();
  private final ReferenceQueue<Object> unreachable = new ReferenceQueue<>();
  private final Guard guards = new Guard(null, unreachable, null);
  private final Holders holders = new Holders();
  /** Buffers that belong to a pool, and buffers of others that pools hold on to. */
  private final Map<Buffer, Claim> claims = new IdentityHashMap<>();
  private Pool entered;
  private Thread inside;
  private long live;
  private long cached;
  private long peak;
  private long requests;
  private long misses;
  private long guarded;
  /** What was still guarded after the last collection: parameters and the like. */
  private long survivors;
  private long patience = PATIENCE;
  private long collectAt = FIRST_COLLECTION;

  /** An allocator over one device. */
  public CachingAllocator(Backend backend) {
    this.backend = backend;
    guards.previous = guards;
    guards.next = guards;
  }

  /**
   * A buffer of at least {@code bytes} bytes, from the cache if it has one of that class.
   *
   * @throws OutOfDeviceMemoryException if the device has no room even after the cache was emptied
   */
  public Buffer allocate(long bytes) {
    return allocate(bytes, "a buffer", null);
  }

  /**
   * As {@link #allocate(long)}, with what to call it where memory is short.
   *
   * @param what the operation whose result it will hold
   * @param place where in the user's program, or null where that is not tracked
   */
  public synchronized Buffer allocate(long bytes, String what, StackWalker.StackFrame place) {
    drain();
    return isPooled() ? entered.take(sizeClass(bytes)) : provide(sizeClass(bytes), true, what, place);
  }

  /**
   * @param betweenOperations whether no operation is under way on this thread: while one is, memory that only it still uses could
   *     look unreachable, and must not be handed out
   */
  private Buffer provide(int index, boolean betweenOperations, String what, StackWalker.StackFrame place) {
    requests++;
    Buffer buffer = pop(index);
    if (buffer == null) {
      long size = classBytes(index);
      if (betweenOperations && live + cached + size > collectAt) {
        relieve();
        buffer = pop(index);
      }
      if (buffer == null) {
        misses++;
        buffer = fresh(size, betweenOperations, what, place);
      }
    }
    live += buffer.bytes();
    holders.add(buffer, what, place);
    peak = Math.max(peak, live);
    return buffer;
  }

  /** Memory grew far beyond what was in use at the last such moment: takes back what nobody uses. */
  private void relieve() {
    if (guarded - survivors > live / 4) {
      collect();
    }
    if (cached > live + FIRST_COLLECTION / 2) {
      release();
    }
    collectAt = Math.max(FIRST_COLLECTION, 2 * live + (live >> 1));
  }

  /** Takes a buffer back into the cache. */
  public synchronized void free(Buffer buffer) {
    push(buffer);
  }

  /**
   * Frees {@code buffer} when {@code owner} becomes unreachable, unless {@link #unguard} is called before.
   *
   * @return the handle for {@link #unguard}
   */
  public synchronized Object guard(Object owner, Buffer buffer) {
    Guard g = new Guard(owner, unreachable, buffer);
    g.next = guards.next;
    g.previous = guards;
    guards.next.previous = g;
    guards.next = g;
    guarded += buffer.bytes();
    return g;
  }

  /** Ends a guard whose owner was closed in the regular way. */
  public synchronized void unguard(Object handle) {
    Guard g = (Guard) handle;
    g.clear();
    unlink(g);
  }

  /** Returns all cached memory to the device. */
  public synchronized void trim() {
    drain();
    release();
  }

  private void release() {
    for (Buffer b = free.popAny(); b != null; b = free.popAny()) {
      cached -= b.bytes();
      backend.release(b);
    }
  }

  // ---- pools

  /** What pools have to do with a buffer: the one it belongs to, or those that hold on to it, and whether its owner let go. */
  private static final class Claim {
    private Pool owner;
    private final List<Pool> keepers = new ArrayList<>(1);
    private boolean abandoned;
  }

  /** A pool of memory set apart. */
  public Pool pool() {
    return new Pool(this);
  }

  synchronized void enter(Pool pool) {
    entered = pool;
    inside = pool == null ? null : Thread.currentThread();
  }

  private boolean isPooled() {
    return entered != null && inside == Thread.currentThread();
  }

  /** A buffer of the cache that belongs to the pool from now on. */
  Buffer lend(Pool pool, int sizeClass) {
    Buffer b = provide(sizeClass, false, "a plan", null);
    Claim claim = new Claim();
    claim.owner = pool;
    claims.put(b, claim);
    return b;
  }

  synchronized void hold(Pool pool, Collection<Buffer> buffers) {
    for (Buffer b : buffers) {
      Claim claim = claims.computeIfAbsent(b, _ -> new Claim());
      if (claim.owner != pool && !claim.keepers.contains(pool)) {
        claim.keepers.add(pool);
      }
    }
  }

  synchronized void close(Pool pool) {
    for (Buffer b = pool.popAny(); b != null; b = pool.popAny()) {
      claims.get(b).abandoned = true;
    }
    for (Iterator<Map.Entry<Buffer, Claim>> i = claims.entrySet().iterator(); i.hasNext();) {
      Map.Entry<Buffer, Claim> e = i.next();
      Claim claim = e.getValue();
      claim.keepers.remove(pool);
      if (claim.owner == pool) {
        claim.owner = null;
      }
      if (claim.owner == null && claim.keepers.isEmpty()) {
        Buffer b = e.getKey();
        i.remove();
        if (claim.abandoned) {
          push(b);
        }
      }
    }
  }

  /** Takes back a buffer that pools have to do with. */
  private void reclaim(Buffer buffer, Claim claim) {
    for (Pool keeper : claim.keepers) {
      keeper.lose();
    }
    if (claim.owner != null && claim.keepers.isEmpty()) {
      claim.owner.giveBack(buffer);
    } else {
      claim.abandoned = true;
    }
  }

  /** What is in use now. */
  public synchronized MemoryStats stats() {
    drain();
    return new MemoryStats(live, cached, peak, requests, misses);
  }

  /** The kinds of tensors that hold most, the largest first; only pieces of at least 64 KiB are counted. */
  public synchronized List<OutOfDeviceMemoryException.Holder> holders(int most) {
    drain();
    return holders.largest(most);
  }

  @Override
  public View take(DType dtype, Shape shape) {
    return View.of(takeBuffer(shape.size() * dtype.bytes()), dtype, shape);
  }

  private synchronized Buffer takeBuffer(long bytes) {
    return isPooled() ? entered.take(sizeClass(bytes)) : provide(sizeClass(bytes), false, null, null);
  }

  @Override
  public void give(View view) {
    free(view.buffer());
  }

  private Buffer fresh(long size, boolean betweenOperations, String what, StackWalker.StackFrame place) {
    try {
      return backend.allocate(size);
    } catch (OutOfDeviceMemoryException first) {
      if (betweenOperations) {
        collect();
      }
      long given = cached;
      release();
      try {
        return backend.allocate(size);
      } catch (OutOfDeviceMemoryException second) {
        throw new Shortage(backend.name(), what, place, size, backend.deviceMemory(), live, given,
            holders.largest(Shortage.NAMED)).exception(second);
      }
    }
  }

  /**
   * Asks the garbage collector for what is unreachable, and waits for its answer: until an object that is unreachable for certain
   * comes back, and nothing comes after it.
   */
  private void collect() {
    Guard canary = new Guard(new Object(), unreachable, null);
    System.gc();
    long until = System.nanoTime() + patience;
    boolean answered = false;
    try {
      while (System.nanoTime() < until) {
        Object g = unreachable.remove(answered ? 5 : 50);
        answered |= g == canary;
        if (g != null) {
          reclaim((Guard) g);
        } else if (answered) {
          break;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    canary.clear();
    // Where System.gc() is switched off nobody answers: then there is no point in waiting for long again.
    patience = answered ? PATIENCE : PATIENCE / 100;
    drain();
    survivors = guarded;
  }

  private void drain() {
    for (Object g = unreachable.poll(); g != null; g = unreachable.poll()) {
      reclaim((Guard) g);
    }
  }

  private void reclaim(Guard g) {
    if (g.next != null) {
      unlink(g);
      push(g.buffer);
    }
  }

  private void unlink(Guard g) {
    g.previous.next = g.next;
    g.next.previous = g.previous;
    g.next = null;
    g.previous = null;
    guarded -= g.buffer.bytes();
  }

  private Buffer pop(int index) {
    Buffer b = free.pop(index);
    if (b != null) {
      cached -= b.bytes();
    }
    return b;
  }

  private void push(Buffer b) {
    Claim claim = claims.isEmpty() ? null : claims.get(b);
    if (claim != null) {
      reclaim(b, claim);
      return;
    }
    holders.remove(b);
    live -= b.bytes();
    cached += b.bytes();
    free.push(b);
  }

  /** The smallest class that holds {@code bytes}: 1, 2, … 8 units of 64 bytes, then four classes per power of two. */
  static int sizeClass(long bytes) {
    long units = Math.max(1, bytes + UNIT - 1 >> 6);
    if (units <= 8) {
      return (int) units - 1;
    }
    int log = 63 - Long.numberOfLeadingZeros(units - 1);
    int step = (int) (units - 1 >> log - 2) & 3;
    return 8 + STEPS * (log - 3) + step;
  }

  /** The bytes of a class: the largest request it serves. */
  static long classBytes(int index) {
    if (index < 8) {
      return UNIT * (index + 1);
    }
    int log = 3 + (index - 8) / STEPS;
    int step = (index - 8) % STEPS;
    return UNIT * ((1L << log) + (step + 1L << log - 2));
  }

  /** Free buffers by size class, the last one returned on top. */
  static final class Shelves {
    private final Stack[] stacks = new Stack[CLASSES];

    private static final class Stack {
      private Buffer[] items = new Buffer[4];
      private int size;

      private Buffer pop() {
        Buffer b = items[--size];
        items[size] = null;
        return b;
      }
    }

    Buffer pop(int index) {
      Stack stack = stacks[index];
      return stack == null || stack.size == 0 ? null : stack.pop();
    }

    /** Any buffer, or null if there is none. */
    Buffer popAny() {
      for (Stack stack : stacks) {
        if (stack != null && stack.size > 0) {
          return stack.pop();
        }
      }
      return null;
    }

    void push(Buffer b) {
      int index = sizeClass(b.bytes());
      if (classBytes(index) > b.bytes()) {
        index--;
      }
      Stack stack = stacks[index];
      if (stack == null) {
        stack = stacks[index] = new Stack();
      }
      if (stack.size == stack.items.length) {
        stack.items = Arrays.copyOf(stack.items, 2 * stack.size);
      }
      stack.items[stack.size++] = b;
    }
  }

  /** Knows a buffer without knowing its owner. */
  private static final class Guard extends PhantomReference<Object> {
    private final Buffer buffer;
    private Guard previous;
    private Guard next;

    private Guard(Object owner, ReferenceQueue<Object> queue, Buffer buffer) {
      super(owner, queue);
      this.buffer = buffer;
    }
  }
}
