package dev.athanor.cpu.onednn;

import dev.athanor.backend.CallRecorder;
import dev.athanor.cpu.mem.Memory;
import dev.athanor.cpu.mem.Scratch;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * A compiled oneDNN primitive, to be run with any addresses of the layouts it was made for, by any number of threads at once.
 * Each run borrows a set of memory objects whose addresses it sets; a set goes back to a small stack, so a run allocates
 * nothing. Native objects go when the primitive is unreachable.
 */
final class Primitive {
  private static final Cleaner CLEANER = Cleaner.create();
  private static final int SETS = 16;
  /** Working memory up to which a bound primitive has its own; beyond, it takes the running thread's. */
  private static final long OWN = 1 << 16;

  private final State state;
  private final int[] kinds;
  private final long scratchLayout;
  private final long scratchBytes;

  /** The native objects, apart from the primitive so that the cleaner does not hold it. */
  private static final class State implements Runnable {
    final long primitive;
    final long description;
    final long[] layouts;
    final AtomicReferenceArray<MemorySet> sets = new AtomicReferenceArray<>(SETS);

    State(long primitive, long description, long[] layouts) {
      this.primitive = primitive;
      this.description = description;
      this.layouts = layouts;
    }

    @Override
    public void run() {
      for (int i = 0; i < SETS; i++) {
        MemorySet set = sets.getAndSet(i, null);
        if (set != null) {
          set.destroy();
        }
      }
      OneDnn.call("dnnl_primitive_destroy", () -> (int) OneDnn.PRIMITIVE_DESTROY.invokeExact(primitive));
      OneDnn.destroyDescription(description);
      for (long layout : layouts) {
        OneDnn.destroyLayout(layout);
      }
    }
  }

  /** Memory objects and the argument list that names them. */
  private static final class MemorySet {
    private final long stream;
    private final long[] memories;
    private final long arguments; // {int kind; void* memory} pairs

    MemorySet(int[] kinds, long[] layouts, long scratchLayout) {
      int n = kinds.length + (scratchLayout == 0 ? 0 : 1);
      stream = OneDnn.create("dnnl_stream_create", out -> (int) OneDnn.STREAM_CREATE.invokeExact(out, OneDnn.ENGINE, 1));
      memories = new long[n];
      arguments = Memory.allocate(16L * n);
      for (int i = 0; i < n; i++) {
        boolean scratch = i == kinds.length;
        long layout = scratch ? scratchLayout : layouts[i];
        memories[i] = OneDnn.create("dnnl_memory_create",
            out -> (int) OneDnn.MEMORY_CREATE.invokeExact(out, layout, OneDnn.ENGINE, 0L));
        Memory.putLong(arguments + 16L * i, 0);
        Memory.putInt(arguments + 16L * i, scratch ? OneDnn.ARG_SCRATCHPAD : kinds[i]);
        Memory.putLong(arguments + 16L * i + 8, memories[i]);
      }
    }

    void set(int i, long address) throws Throwable {
      OneDnn.check("dnnl_memory_set_data_handle", (int) OneDnn.SET_HANDLE.invokeExact(memories[i], address));
    }

    void destroy() {
      for (long memory : memories) {
        OneDnn.call("dnnl_memory_destroy", () -> (int) OneDnn.MEMORY_DESTROY.invokeExact(memory));
      }
      OneDnn.call("dnnl_stream_destroy", () -> (int) OneDnn.STREAM_DESTROY.invokeExact(stream));
      Memory.free(arguments);
    }
  }

  /**
   * Compiles a primitive.
   *
   * @param description its description, which now belongs to the primitive
   * @param kinds the arguments' kinds, in the order {@link #run} takes addresses
   * @param layouts the layout of each, which now belong to the primitive
   */
  Primitive(long description, int[] kinds, long[] layouts) {
    this.kinds = kinds;
    long primitive = OneDnn.create("dnnl_primitive_create", out -> (int) OneDnn.PRIMITIVE_CREATE.invokeExact(out, description));
    this.scratchLayout = OneDnn.query(description, OneDnn.QUERY_SCRATCHPAD);
    this.scratchBytes = OneDnn.size(scratchLayout);
    this.state = new State(primitive, description, layouts.clone());
    CLEANER.register(this, state);
  }

  /**
   * The primitive on memory that stays where it is: a run sets no address. For one thread at a time; its native objects go when it
   * is unreachable.
   */
  CallRecorder.Call bind(long a, long b, long c, long d) {
    return new Bound(this, a, b, c, d);
  }

  private static final class Bound implements CallRecorder.Call {
    private final Primitive primitive;
    private final long handle;
    private final long stream;
    private final int count;
    private final long arguments;
    private final MemorySet set;
    private final long borrowed; // bytes of the thread's working memory

    Bound(Primitive primitive, long... addresses) {
      this.primitive = primitive;
      State state = primitive.state;
      int kinds = primitive.kinds.length;
      MemorySet set = new MemorySet(primitive.kinds, state.layouts, primitive.scratchBytes == 0 ? 0 : primitive.scratchLayout);
      borrowed = primitive.scratchBytes <= OWN ? 0 : primitive.scratchBytes;
      long scratch = primitive.scratchBytes == 0 || borrowed != 0 ? 0 : Memory.allocate(primitive.scratchBytes);
      this.set = set;
      OneDnn.call("dnnl_memory_set_data_handle", () -> {
        for (int i = 0; i < kinds; i++) {
          set.set(i, addresses[i]);
        }
        if (scratch != 0) {
          set.set(kinds, scratch);
        }
        return 0;
      });
      handle = state.primitive;
      stream = set.stream;
      count = set.memories.length;
      arguments = set.arguments;
      CLEANER.register(this, () -> {
        set.destroy();
        Memory.free(scratch);
      });
    }

    @Override
    public void run() {
      OneDnn.single();
      try {
        if (borrowed != 0) {
          set.set(count - 1, Scratch.take(Scratch.LIBRARY, borrowed));
        }
        OneDnn.check("dnnl_primitive_execute", (int) OneDnn.EXECUTE.invokeExact(handle, stream, count, arguments));
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable t) {
        throw new AssertionError(t);
      } finally {
        java.lang.ref.Reference.reachabilityFence(this);
      }
    }
  }

  /** Runs with the given addresses; those beyond the number of arguments are ignored. */
  void run(long a, long b, long c, long d) {
    OneDnn.single();
    int home = (int) Thread.currentThread().threadId() & SETS - 1;
    MemorySet set = state.sets.getAndSet(home, null);
    if (set == null) {
      set = new MemorySet(kinds, state.layouts, scratchBytes == 0 ? 0 : scratchLayout);
    }
    try {
      set.set(0, a);
      set.set(1, b);
      if (kinds.length > 2) {
        set.set(2, c);
        if (kinds.length > 3) {
          set.set(3, d);
        }
      }
      if (scratchBytes != 0) {
        set.set(kinds.length, Scratch.take(Scratch.LIBRARY, scratchBytes));
      }
      OneDnn.check("dnnl_primitive_execute",
          (int) OneDnn.EXECUTE.invokeExact(state.primitive, set.stream, set.memories.length, set.arguments));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    } finally {
      if (!state.sets.compareAndSet(home, null, set)) {
        set.destroy();
      }
      java.lang.ref.Reference.reachabilityFence(this);
    }
  }
}
