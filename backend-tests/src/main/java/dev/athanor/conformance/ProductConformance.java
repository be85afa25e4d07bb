package dev.athanor.conformance;

import dev.athanor.backend.Backend;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * The part of the suite that multiplies: matrix products, linear layers, convolution. For a backend that has more than one way to
 * do these (another {@link dev.athanor.backend.MatmulPrecision precision}, another library): extend it beside
 * {@link BackendConformance}, and open the backend so that it goes the other way.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ProductConformance {
  private TestDevice device;

  /** For subclasses. */
  protected ProductConformance() {}

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
  Stream<DynamicNode> gemm() {
    return new GemmFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> linear() {
    return new LinearFamily(device).tests();
  }

  @TestFactory
  Stream<DynamicNode> convolution() {
    return new ConvolutionFamily(device).tests();
  }
}
