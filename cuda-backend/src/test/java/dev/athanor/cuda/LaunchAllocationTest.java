package dev.athanor.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.backend.BinaryOp;
import dev.athanor.backend.ReduceOp;
import dev.athanor.backend.Unary;
import dev.athanor.backend.UnaryOp;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.Kernels;
import dev.athanor.kernels.ParameterBlock;
import dev.athanor.tensor.DType;
import dev.athanor.tensor.Shape;
import dev.athanor.tensor.View;
import java.lang.foreign.Arena;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.junit.jupiter.api.Test;

/** A launch makes no objects: counted over a device that does nothing, whose own objects are counted apart. */
class LaunchAllocationTest {
  private static final int LAUNCHES = 20_000;

  private static int launched;

  /** The answers of a device that does nothing. */
  private static Object nothing(Object proxy, Method method, Object[] args) {
    return switch (method.getName()) {
      case "launch" -> {
        launched++;
        yield null;
      }
      case "load" -> new Gpu.Entry() {};
      case "allocate" -> 4096L;
      case "keepsScratch" -> true;
      default -> null;
    };
  }

  /** Bytes that this thread has allocated so far. By reflection: the module under test does not read the one that tells. */
  private static long allocated() {
    try {
      Object threads = Class.forName("java.lang.management.ManagementFactory").getMethod("getThreadMXBean").invoke(null);
      return (Long) Class.forName("com.sun.management.ThreadMXBean").getMethod("getCurrentThreadAllocatedBytes").invoke(threads);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  private static long allocatedBy(Runnable work) {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) { // the first times warm up: what is interpreted makes objects that compiled code does not
      long before = allocated();
      for (int k = 0; k < LAUNCHES; k++) {
        work.run();
      }
      least = Math.min(least, allocated() - before);
    }
    return least;
  }

  @Test
  void elementwiseLaunchesAndReductionsMakeNoObjects() {
    Gpu gpu = (Gpu) Proxy.newProxyInstance(Gpu.class.getClassLoader(), new Class<?>[] {Gpu.class}, LaunchAllocationTest::nothing);
    CudaStream stream = new CudaStream(gpu);
    Elementwise elementwise = new Elementwise(stream);
    View x = View.of(new CudaBuffer(1 << 20, 64), DType.FLOAT32, Shape.of(4, 4));
    View y = View.of(new CudaBuffer(2 << 20, 64), DType.FLOAT32, Shape.of(4, 4));
    View turned = x.swap(0, 1);
    Reductions reductions = new Reductions(stream);
    View rows = View.of(new CudaBuffer(3 << 20, 16), DType.FLOAT32, Shape.of(4, 1));
    Unary relu = Unary.of(UnaryOp.RELU);
    try (Arena arena = Arena.ofConfined()) {
      ParameterBlock block = new ParameterBlock(arena.allocate(ParameterBlock.MAX_BYTES, 16));
      Kernel kernel = Kernels.get("unary_relu_f32");
      Gpu.Entry entry = gpu.load(kernel, "");
      long proxy = 4 * allocatedBy(() -> gpu.launch(entry, kernel, 1, block));
      launched = 0;
      long all = allocatedBy(() -> {
        elementwise.unary(relu, x, y);
        elementwise.binary(BinaryOp.ADD, turned, y, y);
        elementwise.unaryGrad(relu, x, y, x, y);
        reductions.reduce(ReduceOp.SUM, x, rows);
      });
      assertEquals(5 * 4 * LAUNCHES, launched);
      assertTrue(all - proxy < 4 * LAUNCHES, () -> (all - proxy) / (4.0 * LAUNCHES) + " bytes a launch"); // below a byte each
    }
  }
}
