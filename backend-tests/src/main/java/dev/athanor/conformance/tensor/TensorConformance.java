package dev.athanor.conformance.tensor;

import dev.athanor.backend.Backend;
import dev.athanor.tensor.Device;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Tensors, autograd and memory over a backend: extend it in a backend's tests and say how to open the backend, as with
 * {@link dev.athanor.conformance.BackendConformance}. Each method is one subject, so that
 * {@code -Dtest=MyTensorTest#gradients} runs one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class TensorConformance {
  private Device device;

  /** For subclasses. */
  protected TensorConformance() {}

  /** Opens the backend to test; called several times, each closed after use. */
  protected abstract Backend open();

  @BeforeAll
  void openDevice() {
    device = Device.of(open());
  }

  @AfterAll
  void closeDevice() {
    if (device != null) {
      device.close();
    }
  }

  @TestFactory
  Stream<DynamicNode> shaping() {
    return new ShapingTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> gradients() {
    return new GradientTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> autograd() {
    return new AutogradTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> memory() {
    return new MemoryTests(device, this::open).tests();
  }

  @TestFactory
  Stream<DynamicNode> layerGradients() {
    return new LayerGradientTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> layerOpsGradients() {
    return new LayerOpsGradientTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> wholeLayerGradients() {
    return new WholeLayerGradientTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> printing() {
    return new PrintingTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> arithmetic() {
    return new ArithmeticTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> reductions() {
    return new ReductionTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> creation() {
    return new CreationTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> errors() {
    return new ErrorTests(device).tests();
  }
}
