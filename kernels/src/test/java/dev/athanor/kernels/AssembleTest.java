package dev.athanor.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kernel assembles for every architecture, and none spills registers unless that is written down here. */
class AssembleTest {
  private static final int[] ARCHITECTURES = {75, 80, 86, 89, 90};

  /** Kernels that may spill, each with the reason why that is accepted. */
  private static final Map<String, String> SPILLS = Map.of(
      "unary_atan_f64", "24 bytes on sm_90 only: the assembler holds it to 48 registers for a fifth block per multiprocessor");

  static List<String> families() {
    return List.copyOf(Kernels.families());
  }

  @BeforeAll
  static void usable() {
    Assembler.assumeUsable();
  }

  @ParameterizedTest
  @MethodSource("families")
  void everyKernelAssemblesWithoutSpills(String family) {
    String ptx = Kernels.ptx(family);
    List<String> spilling = new ArrayList<>();
    for (int arch : ARCHITECTURES) {
      if (arch < 80 && family.endsWith("_sm80")) {
        continue;
      }
      List<Assembler.Report> reports = Assembler.assembleOnce(ptx, arch);
      var assembled = new TreeSet<>(reports.stream().map(Assembler.Report::entry).toList());
      assertEquals(new TreeSet<>(Kernels.family(family).stream().map(Kernel::entry).toList()), assembled);
      for (Assembler.Report report : reports) {
        if (report.spillStores() + report.spillLoads() > 0 && !SPILLS.containsKey(report.entry())) {
          spilling.add("sm_" + arch + " " + report);
        }
        int threads = Kernels.get(report.entry()).launch().threads();
        assertTrue(report.registers() * threads <= 65536, () -> report + " cannot be launched with " + threads + " threads");
      }
    }
    assertTrue(spilling.isEmpty(), () -> "register spills that nobody wrote down: " + String.join("\n", spilling));
  }

  @Test
  void listedSpillsAreOfKernelsThatExist() {
    SPILLS.keySet().forEach(Kernels::get);
  }

  @Test
  void theAssemblerRefusesWhatIsNotPtx() {
    String wrong = Kernels.slice(Kernels.get("select_f32")).replace("ld.param", "ld.parms");
    assertThrows(AssertionError.class, () -> Assembler.assemble(wrong, 75));
  }

  @Test
  void spillsAreSeen() {
    // The same kernel held to 16 registers (for 2048 threads of 4 blocks) must report what it spills.
    String ptx = Kernels.slice(Kernels.get("select_f32_strided"));
    List<Assembler.Report> reports = Assembler.assemble(ptx.replace(".maxntid 256, 1, 1", ".maxntid 256, 1, 1\n.maxnreg 16"), 75);
    assertTrue(reports.get(0).spillStores() > 0, () -> "no spills seen: " + reports);
  }
}
