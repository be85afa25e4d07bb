package dev.athanor.kernels.lab;

import dev.athanor.kernels.Divisor;
import dev.athanor.kernels.Kernel;
import dev.athanor.kernels.PadShape;
import dev.athanor.kernels.Parameter;
import dev.athanor.kernels.ParameterType;
import dev.athanor.kernels.WindowShape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/**
 * Turns a parameter block into one that asks for 64-bit index arithmetic, as it would for more than 2^31 elements, so that this
 * path is tried on little memory. The results must not change.
 */
final class Widening {
  /** The shift that tells a kernel to divide in 64 bits. */
  private static final int WIDE = 255;
  /** The parameters that are a Layout. */
  private static final Set<String> LAYOUTS = Set.of("layout", "kept", "reduced");
  /** Where the structure of group normalisation holds its divisor. */
  private static final int GROUPS_DIVISOR = 32;

  private Widening() {}

  static void apply(Kernel kernel, MemorySegment block) {
    int at = 0;
    for (Parameter p : kernel.parameters()) {
      at = (at + p.alignment() - 1) & -p.alignment();
      if (p.type() == ParameterType.STRUCT) {
        structure(p, block, at);
      }
      at += p.bytes();
    }
  }

  private static void structure(Parameter p, MemorySegment block, int at) {
    if (LAYOUTS.contains(p.name())) {
      block.set(ValueLayout.JAVA_INT, at + 4, 1);
    } else if (p.bytes() == Divisor.BYTES) {
      divisors(block, at, 1);
    } else if (p.name().equals("groups")) {
      divisors(block, at + GROUPS_DIVISOR, 1);
    } else if (p.name().equals("shape") && p.bytes() == WindowShape.BYTES) {
      divisors(block, at + WindowShape.BYTES - 7 * Divisor.BYTES, 7);
    } else if (p.name().equals("shape") && p.bytes() == PadShape.BYTES) {
      divisors(block, at + PadShape.BYTES - 8 * Divisor.BYTES, 8);
    }
  }

  private static void divisors(MemorySegment block, int at, int count) {
    for (int i = 0; i < count; i++) {
      block.set(ValueLayout.JAVA_INT, at + i * Divisor.BYTES + 12, WIDE);
    }
  }
}
