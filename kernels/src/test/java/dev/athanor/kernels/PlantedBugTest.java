package dev.athanor.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.ptx.FaultKind;
import dev.athanor.ptx.SimulationFault;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The tests of the kernels would notice: bugs are planted in the PTX text, and the simulator must report each. Every launch here
 * has
 * fewer blocks than work, so that a block comes round again and needs each of its barriers.
 */
class PlantedBugTest {
  /** A launch of a kernel that uses barriers, with all its memory. */
  record Case(String entry, Run run) {
    @Override
    public String toString() {
      return entry;
    }
  }

  interface Run {
    void accept(Sim sim, String ptx, String entry);
  }

  static Stream<Case> kernelsWithBarriers() {
    List<Case> cases = new ArrayList<>();
    for (String f : List.of("softmax", "log_softmax")) {
      cases.add(new Case(f + "_f32_block", (sim, ptx, entry) -> softmax(sim, ptx, entry, false, 3, 300, 1)));
      cases.add(new Case(f + "_grad_f32_block", (sim, ptx, entry) -> softmax(sim, ptx, entry, true, 3, 300, 1)));
      cases.add(new Case(f + "_f32_column", (sim, ptx, entry) -> softmax(sim, ptx, entry, false, 3, 20, 5)));
      cases.add(new Case(f + "_grad_f32_column", (sim, ptx, entry) -> softmax(sim, ptx, entry, true, 3, 20, 5)));
    }
    cases.add(new Case("cross_entropy_i64_f32_block", PlantedBugTest::crossEntropy));
    for (String f : List.of("layer_norm", "layer_norm_grad")) {
      cases.add(new Case(f + "_f32_block", PlantedBugTest::layerNorm));
    }
    for (String op : List.of("sum", "max", "arg_max", "log_sum_exp", "variance")) {
      cases.add(new Case("reduce_" + op + "_f32_row", (sim, ptx, entry) -> reduce(sim, ptx, entry, 3, 300)));
      cases.add(new Case("reduce_" + op + "_f32_column", (sim, ptx, entry) -> reduce(sim, ptx, entry, 70, 20)));
    }
    cases.add(new Case("bias_grad_relu_f32", PlantedBugTest::biasGrad));
    return cases.stream();
  }

  private static void softmax(Sim sim, String ptx, String entry, boolean grad, int outer, int n, int inner) {
    double[] v = Compare.normal(ElementType.FLOAT32, outer * n * inner, 1, 1);
    long x = sim.upload(ElementType.FLOAT32, v);
    long y = sim.allocate(ElementType.FLOAT32, v.length);
    sim.launch(ptx, entry, 1, p -> {
      p.pointer(x);
      if (grad) {
        p.pointer(x);
      }
      p.pointer(y).int64(outer).int64(n).int64(inner);
    });
    sim.download(ElementType.FLOAT32, y, v.length);
  }

  private static void crossEntropy(Sim sim, String ptx, String entry) {
    long x = sim.upload(ElementType.FLOAT32, Compare.normal(ElementType.FLOAT32, 900, 1, 1));
    long target = sim.upload(ElementType.INT64, 0, 1, 2);
    long loss = sim.allocate(ElementType.FLOAT32, 3);
    long dx = sim.allocate(ElementType.FLOAT32, 900);
    sim.launch(ptx, entry, 1, p -> p.pointer(x).pointer(target).pointer(0).pointer(0).pointer(loss).pointer(dx).pointer(0)
        .int64(3).int64(300).int64(1).int64(-1).scalar(0));
  }

  private static void layerNorm(Sim sim, String ptx, String entry) {
    long x = sim.upload(ElementType.FLOAT32, Compare.normal(ElementType.FLOAT32, 900, 1, 1));
    long y = sim.allocate(ElementType.FLOAT32, 900);
    long mean = sim.upload(ElementType.FLOAT32, 0, 0, 0);
    long inv = sim.upload(ElementType.FLOAT32, 1, 1, 1);
    sim.launch(ptx, entry, 1, entry.contains("grad")
        ? p -> p.pointer(x).pointer(x).pointer(0).pointer(mean).pointer(inv).pointer(y).int64(3).int64(300)
        : p -> p.pointer(x).pointer(0).pointer(0).pointer(y).pointer(mean).pointer(inv).int64(3).int64(300).scalar(1e-5));
  }

  private static void reduce(Sim sim, String ptx, String entry, int outputs, int n) {
    ElementType result = entry.contains("arg") ? ElementType.INT64 : ElementType.FLOAT32;
    long x = sim.upload(ElementType.FLOAT32, Compare.normal(ElementType.FLOAT32, outputs * n, 1, 1));
    long out = sim.allocate(result, outputs);
    Layout kept = new Layout(2).begin().dimension(outputs, n, 1).end();
    Layout reduced = new Layout(1).begin().dimension(n, 1).end();
    sim.launch(ptx, entry, 1, p -> p.pointer(x).pointer(out).pointer(0).int64(outputs).int64(n).int64(1024).int64(1).int64(0)
        .layout(kept).layout(reduced));
    sim.download(result, out, outputs);
  }

  private static void biasGrad(Sim sim, String ptx, String entry) {
    long y = sim.upload(ElementType.FLOAT32, Compare.normal(ElementType.FLOAT32, 700, 1, 1));
    long dx = sim.allocate(ElementType.FLOAT32, 700);
    long partials = sim.allocate(ElementType.FLOAT32, 70);
    sim.launch(ptx, entry, 1, p -> p.pointer(y).pointer(y).pointer(dx).pointer(partials).int64(10).int64(70).int64(16).int64(1)
        .scalar(0).scalar(0));
  }

  @ParameterizedTest
  @MethodSource("kernelsWithBarriers")
  void everyBarrierIsNeeded(Case planted) {
    String ptx = Sim.slice(planted.entry);
    List<String> lines = ptx.lines().toList();
    int removed = 0;
    try (Sim sim = new Sim()) {
      planted.run.accept(sim, ptx, planted.entry);  // as it is, nothing is reported
      for (int i = 0; i < lines.size(); i++) {
        if (!lines.get(i).contains("bar.sync")) {
          continue;
        }
        removed++;
        List<String> without = new ArrayList<>(lines);
        without.set(i, "");
        int line = i + 1;
        SimulationFault fault = assertThrows(SimulationFault.class,
            () -> planted.run.accept(sim, String.join("\n", without) + "\n", planted.entry),
            () -> "nobody noticed that the barrier of line " + line + " is gone");
        assertTrue(fault.kind() == FaultKind.RACE || fault.kind() == FaultKind.UNWRITTEN, fault::getMessage);
      }
    }
    assertTrue(removed >= 2, planted.entry + " has " + removed + " barriers");
  }

  // ---- elementwise: guards, strides, bounds

  private static Consumer<ParameterBlock> relu(Sim sim, int n, long[] out) {
    long x = sim.upload(ElementType.FLOAT32, Compare.normal(ElementType.FLOAT32, n, 1, 1));
    out[0] = sim.allocate(ElementType.FLOAT32, n);
    return p -> p.pointer(x).pointer(out[0]).int64(n).float32(0).float32(0);
  }

  /** Replaces one instruction, which must be there. */
  private static String plant(String ptx, String instruction, String wrong) {
    assertTrue(ptx.contains(instruction), () -> "the PTX no longer has: " + instruction);
    return ptx.replace(instruction, wrong);
  }

  @Test
  void anOffByOneGuardIsCaught() {
    String ptx = Sim.slice("unary_relu_f32");
    // Every "is there one more" becomes "is there one more or none": one element too many is touched.
    String wrong = plant(plant(ptx, "setp.lt.s64", "setp.le.s64"), "setp.ge.s64", "setp.gt.s64");
    for (int n : new int[] {1, 31, 33, 1023, 1024}) {
      try (Sim sim = new Sim()) {
        long[] out = new long[1];
        sim.launch(ptx, "unary_relu_f32", 4, relu(sim, n, out));
        SimulationFault fault = assertThrows(SimulationFault.class, () -> sim.launch(wrong, "unary_relu_f32", 4, relu(sim, n,
            out)));
        assertEquals(FaultKind.OUT_OF_BOUNDS, fault.kind(), fault::getMessage);
      }
    }
  }

  @Test
  void aMissingBoundsCheckIsCaught() {
    // The guards of the strided kernel are taken away: every thread of the grid takes an element.
    String ptx = Sim.slice("unary_relu_f32_strided");
    List<String> lines = new ArrayList<>(ptx.lines().toList());
    int guard = -1;
    for (int i = 0; i < lines.size() && guard < 0; i++) {
      if (lines.get(i).contains("setp.ge.s64")) {
        guard = i;
      }
    }
    assertTrue(guard > 0 && lines.get(guard + 1).contains("bra"), "the kernel begins with its guard");
    lines.set(guard + 1, "");
    try (Sim sim = new Sim()) {
      Layout layout = new Layout(2).begin().dimension(33, 1, 1).end();
      long x = sim.upload(ElementType.FLOAT32, new double[33]);
      long out = sim.allocate(ElementType.FLOAT32, 33);
      Consumer<ParameterBlock> parameters = p -> p.pointer(x).pointer(out).int64(33).float32(0).float32(0).layout(layout);
      sim.launch(ptx, "unary_relu_f32_strided", 1, parameters);
      SimulationFault fault = assertThrows(SimulationFault.class,
          () -> sim.launch(String.join("\n", lines) + "\n", "unary_relu_f32_strided", 1, parameters));
      // An index past the end comes round to the first element again, which two threads then write.
      assertEquals(FaultKind.RACE, fault.kind(), fault::getMessage);
    }
  }

  @Test
  void aWrongStrideIsCaught() {
    try (Sim sim = new Sim()) {
      long x = sim.upload(ElementType.FLOAT32, new double[35]);
      long out = sim.allocate(ElementType.FLOAT32, 35);
      // Too long a stride leaves the array; too short a one in the output makes threads meet.
      Layout beyond = new Layout(2).begin().dimension(5, 8, 7).dimension(7, 1, 1).end();
      Layout overlapping = new Layout(2).begin().dimension(5, 7, 6).dimension(7, 1, 1).end();
      Layout right = new Layout(2).begin().dimension(5, 7, 7).dimension(7, 1, 1).end();
      for (Layout layout : List.of(beyond, overlapping, right)) {
        Consumer<ParameterBlock> parameters = p -> p.pointer(x).pointer(out).int64(35).float32(0).float32(0).layout(layout);
        if (layout == right) {
          sim.launch("unary_relu_f32_strided", 35, parameters);
          continue;
        }
        SimulationFault fault = assertThrows(SimulationFault.class, () -> sim.launch("unary_relu_f32_strided", 35, parameters));
        assertEquals(layout == beyond ? FaultKind.OUT_OF_BOUNDS : FaultKind.RACE, fault.kind(), fault::getMessage);
      }
    }
  }

  @Test
  void everyDroppedStoreIsCaught() {
    List<String> lines = Sim.slice("layer_norm_f32_warp").lines().toList();
    int n = 7 * 32 + 1;  // the unrolled loop and its remainder
    int stores = 0;
    try (Sim sim = new Sim()) {
      long x = sim.upload(ElementType.FLOAT32, Compare.normal(ElementType.FLOAT32, n, 1, 1));
      for (int i = 0; i < lines.size(); i++) {
        if (!lines.get(i).contains("st.global.f32")) {
          continue;
        }
        stores++;
        List<String> without = new ArrayList<>(lines);
        without.set(i, "");
        long mean = sim.allocate(ElementType.FLOAT32, 1);
        long inv = sim.allocate(ElementType.FLOAT32, 1);
        // The loops differ by whether there is a gamma and a beta, so each of the four ways is run.
        int line = i + 1;
        assertThrows(SimulationFault.class, () -> {
          for (int way = 0; way < 4; way++) {
            long gamma = (way & 1) != 0 ? x : 0;
            long beta = (way & 2) != 0 ? x : 0;
            long out = sim.allocate(ElementType.FLOAT32, n);
            sim.launch(String.join("\n", without) + "\n", "layer_norm_f32_warp", 1, p -> p.pointer(x).pointer(gamma).pointer(beta)
                .pointer(out).pointer(mean).pointer(inv).int64(1).int64(n).scalar(1e-5));
            sim.download(ElementType.FLOAT32, out, n);
          }
          sim.download(ElementType.FLOAT32, mean, 1);
          sim.download(ElementType.FLOAT32, inv, 1);
        }, () -> "nobody noticed that the store of line " + line + " is gone: " + lines.get(line - 1));
      }
    }
    assertTrue(stores >= 3, "stores of y, mean and inv_std");
  }

  // ---- indices beyond 2^31

  @Test
  void elementsBeyondTwoToThe31AreReached() {
    // Three rows of 2^30 + 1 elements that are one value each: the third row begins beyond 2^31. Running all would take hours,
    // so the
    // index of the grid's first thread is planted there, and one thread takes one element.
    long row = (1L << 30) + 1;
    Layout rows = new Layout(2).begin().dimension(3, 1, 1).dimension(row, 0, 0).end();
    assertTrue(rows.wide());
    String start = "mul\\.wide\\.u32 \\t(%rd\\d+), %r\\d+, %r\\d+;";
    String late = Sim.slice("unary_neg_f32_strided").replaceFirst(start, "mov.u64 \t$1, " + 2 * row + ";");
    try (Sim sim = new Sim()) {
      long x = sim.upload(ElementType.FLOAT32, 1, 2, 3);
      long out = sim.allocate(ElementType.FLOAT32, 3);
      sim.launch(late, "unary_neg_f32_strided", 1,
          p -> p.pointer(x).pointer(out).int64(2 * row + 1).float32(0).float32(0).layout(rows));
      assertArrayEquals(new double[] {-3}, sim.download(ElementType.FLOAT32, out + 8, 1));
    }
    // The contiguous path, through addresses: element 2^31 + 3 of an array whose first 2^31 elements do not exist.
    long skipped = 1L << 31;
    String lateVector = Sim.slice("unary_neg_f32").replaceFirst(start, "mov.u64 \t$1, " + skipped / 4 + ";");
    try (Sim sim = new Sim()) {
      long x = sim.upload(ElementType.FLOAT32, 1, 2, 3, 4, 5, 6, 7, 8);
      long out = sim.allocate(ElementType.FLOAT32, 8);
      sim.launch(lateVector, "unary_neg_f32", 1,
          p -> p.pointer(x - 4 * skipped).pointer(out - 4 * skipped).int64(skipped + 8).float32(0).float32(0));
      assertArrayEquals(new double[] {-1, -2, -3, -4, -5, -6, -7, -8}, sim.download(ElementType.FLOAT32, out, 8));
    }
  }
}
