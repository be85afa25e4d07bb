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
 * The ways to differentiate, and the tools that watch it, over a backend: extend it in a backend's tests and say how to open the
 * backend. Small enough for a simulated device. That every operation's tangent is right is checked with its gradient, in {@link
 * TensorConformance}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class DifferentiationConformance {
  private Device device;

  /** For subclasses. */
  protected DifferentiationConformance() {}

  /** Opens the backend to test. */
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
  Stream<DynamicNode> differentiation() {
    return new DifferentiationTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> watching() {
    return new WatchingTests(device).tests();
  }
}
