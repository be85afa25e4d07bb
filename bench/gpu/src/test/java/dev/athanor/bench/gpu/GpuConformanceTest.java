package dev.athanor.bench.gpu;

import org.junit.jupiter.api.Nested;

/** The conformance suite on the GPU of this machine; skipped, with the reason, where there is none that can be used. */
class GpuConformanceTest {
  /** Every operation. */
  @Nested
  class Operations extends DeviceSuite.Operations {}

  /** Captured and replayed functions. */
  @Nested
  class Plans extends DeviceSuite.Plans {}

  /** Layers and losses. */
  @Nested
  class Layers extends DeviceSuite.Layers {}
}
