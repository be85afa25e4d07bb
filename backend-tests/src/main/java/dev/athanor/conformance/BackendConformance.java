package dev.athanor.conformance;

import dev.athanor.backend.Backend;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * The conformance suite: extend it in a backend's tests and say how to open the backend.
 * {@snippet :
 * class MyConformanceTest extends BackendConformance {
 *   @Override
 *   protected Backend open() {
 *     return new MyBackend();
 *   }
 * }
 * }
 * Each method is one family of operations, so that {@code -Dtest=MyConformanceTest#reduce} runs one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class BackendConformance {
  private TestDevice device;

  /** For subclasses. */
  protected BackendConformance() {}

  /** Opens the backend to test; called once, and closed after the last test. */
  protected abstract Backend open();

  @BeforeAll
  void openDevice() {
    device = new TestDevice(open());
  }

  @AfterAll
  void closeDevice() {
    if (device != null) {
      device.close();
    }
  }

  @TestFactory
  Stream<DynamicNode> memory() {
    return new MemoryFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> unary() {
    return new UnaryFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> unaryGrad() {
    return new UnaryGradFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> binary() {
    return new BinaryFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> selectAndCast() {
    return new SelectCastFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> reduce() {
    return new ReduceFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> gemm() {
    return new GemmFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> index() {
    return new IndexFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> random() {
    return new RandomFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> linear() {
    return new LinearFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> softmax() {
    return new SoftmaxFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> normalisation() {
    return new NormalizationFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> dropout() {
    return new DropoutFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> convolution() {
    return new ConvolutionFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> pooling() {
    return new PoolingFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> order() {
    return new OrderFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> optimizer() {
    return new OptimizerFamily(device).tests();
  }
}
