package dev.athanor.conformance;

import dev.athanor.backend.ComposedOps;
import dev.athanor.backend.FusedOps;

/**
 * A family of fused operations. Each test runs on the backend's own implementation and on {@link ComposedOps} over the same
 * primitives, and both must meet the same float64 expectation: so they agree with each other as well.
 */
abstract class FusedFamily extends Family {
  FusedFamily(TestDevice device, String name) {
    super(device, name);
  }

  /** What a test does with one implementation. */
  interface FusedBody {
    void run(Trial trial, FusedOps ops) throws Exception;
  }

  /** Adds the test for the backend's own implementation, if it has one, and for the composed one. */
  final void fused(String title, FusedBody body) {
    if (device.fused().getClass() != ComposedOps.class) {
      test(title + " (own)", t -> body.run(t, device.fused()));
    }
    test(title + " (composed)", t -> body.run(t, device.composed()));
  }
}
