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
 * Activations, losses and initialisers over a backend, see {@code docs/vocabulary.md}: extend it in a backend's tests and say how
 * to open the backend.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class VocabularyConformance {
  private Device device;

  /** For subclasses. */
  protected VocabularyConformance() {}

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
  Stream<DynamicNode> activations() {
    return new ActivationTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> losses() {
    return new LossTests(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> initializers() {
    return new InitializerTests(device).tests();
  }
}
