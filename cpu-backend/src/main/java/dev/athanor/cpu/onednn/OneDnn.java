package dev.athanor.cpu.onednn;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.athanor.AthanorException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * oneDNN's C interface; to be touched only where {@link OneDnnLibrary#available()}. Pointers travel as {@code long}s, and every
 * status is checked.
 *
 * <p>oneDNN divides work among OpenMP threads, and how it does shows in the last bits of a result. So every call here runs on
 * one thread ({@code omp_set_num_threads(1)}, which holds for the calling thread alone), and callers divide work over {@link
 * dev.athanor.cpu.pool.WorkPool} in pieces that depend on the problem alone.
 */
@SuppressWarnings("restricted") // calls native functions
final class OneDnn {
  static final int F32 = 3;
  static final int TRAINING = 64;
  static final int CONVOLUTION_DIRECT = 1;
  static final int RELU = 32;
  static final int LINEAR = 38;
  static final int ARG_SRC = 1;
  static final int ARG_DST = 17;
  static final int ARG_WEIGHTS = 33;
  static final int ARG_BIAS = 41;
  static final int ARG_SCRATCHPAD = 80;
  static final int ARG_DIFF_SRC = 129;
  static final int ARG_DIFF_DST = 145;
  static final int ARG_DIFF_WEIGHTS = 161;
  static final int QUERY_SRC = 129;
  static final int QUERY_DIFF_SRC = 130;
  static final int QUERY_WEIGHTS = 131;
  static final int QUERY_DIFF_WEIGHTS = 132;
  static final int QUERY_DST = 133;
  static final int QUERY_DIFF_DST = 134;
  static final int QUERY_SCRATCHPAD = 136;

  private static final int TAG_ANY = 1;

  private static final int SCRATCHPAD_USER = 1;
  private static final Linker LINKER = Linker.nativeLinker();

  private static final MethodHandle SET_THREADS = LINKER.downcallHandle(
      OneDnnLibrary.openMp().findOrThrow("omp_set_num_threads"), FunctionDescriptor.ofVoid(JAVA_INT),
          Linker.Option.critical(false));
  static final MethodHandle EXECUTE = find("dnnl_primitive_execute", JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
  static final MethodHandle SET_HANDLE = LINKER.downcallHandle(OneDnnLibrary.library().findOrThrow("dnnl_memory_set_data_handle"),
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG), Linker.Option.critical(false));
  static final MethodHandle MEMORY_CREATE = find("dnnl_memory_create", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final MethodHandle MEMORY_DESTROY = find("dnnl_memory_destroy", JAVA_LONG);
  static final MethodHandle STREAM_CREATE = find("dnnl_stream_create", JAVA_LONG, JAVA_LONG, JAVA_INT);
  static final MethodHandle STREAM_DESTROY = find("dnnl_stream_destroy", JAVA_LONG);
  static final MethodHandle PRIMITIVE_CREATE = find("dnnl_primitive_create", JAVA_LONG, JAVA_LONG);
  static final MethodHandle PRIMITIVE_DESTROY = find("dnnl_primitive_destroy", JAVA_LONG);
  static final MethodHandle DESCRIPTION_DESTROY = find("dnnl_primitive_desc_destroy", JAVA_LONG);
  static final MethodHandle MATMUL = find("dnnl_matmul_primitive_desc_create", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
      JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final MethodHandle CONVOLUTION = find("dnnl_convolution_forward_primitive_desc_create", JAVA_LONG, JAVA_LONG, JAVA_INT,
      JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final MethodHandle CONVOLUTION_DATA = find("dnnl_convolution_backward_data_primitive_desc_create", JAVA_LONG, JAVA_LONG,
      JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  static final MethodHandle CONVOLUTION_WEIGHTS = find("dnnl_convolution_backward_weights_primitive_desc_create", JAVA_LONG,
      JAVA_LONG,
      JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);

  private static final MethodHandle LAYOUT_CREATE =
      find("dnnl_memory_desc_create_with_strides", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_LONG);
  private static final MethodHandle LAYOUT_CREATE_TAG =
      find("dnnl_memory_desc_create_with_tag", JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT);
  private static final MethodHandle LAYOUT_CLONE = find("dnnl_memory_desc_clone", JAVA_LONG, JAVA_LONG);
  /** Returns 1 for equal, not a status. */
  private static final MethodHandle LAYOUT_EQUAL = find("dnnl_memory_desc_equal", JAVA_LONG, JAVA_LONG);
  static final MethodHandle REORDER =
      find("dnnl_reorder_primitive_desc_create", JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle LAYOUT_DESTROY = find("dnnl_memory_desc_destroy", JAVA_LONG);
  private static final MethodHandle LAYOUT_SIZE = LINKER.downcallHandle(
      OneDnnLibrary.library().findOrThrow("dnnl_memory_desc_get_size"), FunctionDescriptor.of(JAVA_LONG, JAVA_LONG));
  private static final MethodHandle QUERY_LAYOUT = LINKER.downcallHandle(
      OneDnnLibrary.library().findOrThrow("dnnl_primitive_desc_query_md"),
      FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle ATTRIBUTES_CREATE = find("dnnl_primitive_attr_create", JAVA_LONG);
  private static final MethodHandle ATTRIBUTES_DESTROY = find("dnnl_primitive_attr_destroy", JAVA_LONG);
  private static final MethodHandle SET_SCRATCHPAD = find("dnnl_primitive_attr_set_scratchpad_mode", JAVA_LONG, JAVA_INT);
  private static final MethodHandle SET_POST_OPS = find("dnnl_primitive_attr_set_post_ops", JAVA_LONG, JAVA_LONG);
  private static final MethodHandle POST_OPS_CREATE = find("dnnl_post_ops_create", JAVA_LONG);
  private static final MethodHandle POST_OPS_DESTROY = find("dnnl_post_ops_destroy", JAVA_LONG);
  private static final MethodHandle APPEND_SUM = find("dnnl_post_ops_append_sum", JAVA_LONG, JAVA_FLOAT, JAVA_INT, JAVA_INT);
  private static final MethodHandle APPEND_ELTWISE =
      find("dnnl_post_ops_append_eltwise", JAVA_LONG, JAVA_INT, JAVA_FLOAT, JAVA_FLOAT);
  private static final MethodHandle ENGINE_CREATE = find("dnnl_engine_create", JAVA_LONG, JAVA_INT, JAVA_LONG);

  /** The CPU. */
  static final long ENGINE = create("dnnl_engine_create", out -> (int) ENGINE_CREATE.invokeExact(out, 1, 0L));

  private OneDnn() {}

  private static MethodHandle find(String name, MemoryLayout... arguments) {
    SymbolLookup library = OneDnnLibrary.library();
    return LINKER.downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(JAVA_INT, arguments));
  }

  /** A call that writes a handle to the address it gets, and returns a status. */
  @FunctionalInterface
  interface Creator {
    int create(long out) throws Throwable;
  }

  /** A call that returns a status. */
  @FunctionalInterface
  interface Call {
    int run() throws Throwable;
  }

  /** Makes an object and returns its handle. */
  static long create(String what, Creator creator) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(ValueLayout.JAVA_LONG);
      check(what, creator.create(out.address()));
      return out.get(ValueLayout.JAVA_LONG, 0);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Runs a call and checks its status. */
  static void call(String what, Call call) {
    try {
      check(what, call.run());
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** Fails unless {@code status} is success. */
  static void check(String what, int status) {
    if (status != 0) {
      throw new StatusException(what, status);
    }
  }

  /** oneDNN returned an error. */
  static final class StatusException extends AthanorException {
    private static final long serialVersionUID = 1L;

    /** Whether oneDNN has no implementation of this problem: then another way must be taken. */
    final boolean unimplemented;

    StatusException(String what, int status) {
      super("oneDNN: " + what + " failed: " + switch (status) {
        case 1 -> "out of memory";
        case 2 -> "invalid arguments";
        case 3 -> "not implemented";
        case 4 -> "last implementation reached";
        case 5 -> "runtime error";
        default -> "status " + status;
      });
      unimplemented = status == 3;
    }
  }

  /** Keeps oneDNN's calls from this thread on this thread. */
  static void single() {
    try {
      SET_THREADS.invokeExact(1);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** A float32 memory layout with explicit strides; to be destroyed by the caller. */
  static long layout(long[] dims, long[] strides) {
    try (Arena arena = Arena.ofConfined()) {
      long d = arena.allocateFrom(JAVA_LONG, dims).address();
      long s = arena.allocateFrom(JAVA_LONG, strides).address();
      return create("dnnl_memory_desc_create_with_strides",
          out -> (int) LAYOUT_CREATE.invokeExact(out, dims.length, d, F32, s));
    }
  }

  /** A float32 memory layout that the primitive chooses; to be destroyed by the caller. */
  static long anyLayout(long[] dims) {
    try (Arena arena = Arena.ofConfined()) {
      long d = arena.allocateFrom(JAVA_LONG, dims).address();
      return create("dnnl_memory_desc_create_with_tag",
          out -> (int) LAYOUT_CREATE_TAG.invokeExact(out, dims.length, d, F32, TAG_ANY));
    }
  }

  /** A copy of a layout, to be destroyed by the caller. */
  static long copyLayout(long layout) {
    return create("dnnl_memory_desc_clone", out -> (int) LAYOUT_CLONE.invokeExact(out, layout));
  }

  static boolean sameLayout(long a, long b) {
    try {
      return (int) LAYOUT_EQUAL.invokeExact(a, b) != 0;
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  static void destroyLayout(long layout) {
    if (layout != 0) {
      call("dnnl_memory_desc_destroy", () -> (int) LAYOUT_DESTROY.invokeExact(layout));
    }
  }

  /** The bytes of a layout. */
  static long size(long layout) {
    try {
      return layout == 0 ? 0 : (long) LAYOUT_SIZE.invokeExact(layout);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /** A layout a primitive description uses; owned by it. */
  static long query(long description, int what) {
    try {
      return (long) QUERY_LAYOUT.invokeExact(description, what, 0);
    } catch (Throwable t) {
      throw new AssertionError(t);
    }
  }

  /**
   * Attributes: {@code alpha · result + beta · destination}, then ReLU if wanted. Scratch memory is the caller's.
   */
  static long attributes(float alpha, float beta, boolean relu) {
    long attributes = create("dnnl_primitive_attr_create", out -> (int) ATTRIBUTES_CREATE.invokeExact(out));
    call("dnnl_primitive_attr_set_scratchpad_mode", () -> (int) SET_SCRATCHPAD.invokeExact(attributes, SCRATCHPAD_USER));
    if (alpha != 1 || beta != 0 || relu) {
      long ops = create("dnnl_post_ops_create", out -> (int) POST_OPS_CREATE.invokeExact(out));
      if (alpha != 1) {
        call("dnnl_post_ops_append_eltwise", () -> (int) APPEND_ELTWISE.invokeExact(ops, LINEAR, alpha, 0f));
      }
      if (beta != 0) {
        call("dnnl_post_ops_append_sum", () -> (int) APPEND_SUM.invokeExact(ops, beta, 0, 0));
      }
      if (relu) {
        call("dnnl_post_ops_append_eltwise", () -> (int) APPEND_ELTWISE.invokeExact(ops, RELU, 0f, 0f));
      }
      call("dnnl_primitive_attr_set_post_ops", () -> (int) SET_POST_OPS.invokeExact(attributes, ops));
      call("dnnl_post_ops_destroy", () -> (int) POST_OPS_DESTROY.invokeExact(ops));
    }
    return attributes;
  }

  static void destroyAttributes(long attributes) {
    call("dnnl_primitive_attr_destroy", () -> (int) ATTRIBUTES_DESTROY.invokeExact(attributes));
  }

  static void destroyDescription(long description) {
    if (description != 0) {
      call("dnnl_primitive_desc_destroy", () -> (int) DESCRIPTION_DESTROY.invokeExact(description));
    }
  }
}
