package dev.athanor.kernels.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.athanor.kernels.Kernels;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The command. */
class LaboratoryTest {
  private record Result(int status, String out, String err) {}

  private static Result lab(String... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int status = Laboratory.run(args, new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8));
    return new Result(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void listsKernelsAndTheirExperiments() {
    Result r = lab("list", "copy_*");
    assertEquals(0, r.status());
    assertTrue(r.out().lines().anyMatch(l -> l.startsWith("copy_transpose_b32 ") && l.contains("square")), r.out());
    assertTrue(r.out().lines().noneMatch(l -> l.startsWith("scan")), r.out());
  }

  @Test
  void everyKernelIsListedWithAnExperiment() {
    Result r = lab("list");
    assertEquals(Kernels.all().size(), r.out().lines().count());
    assertEquals(List.of(), r.out().lines().filter(l -> l.contains("(no experiment)")).toList());
  }

  @Test
  void eachStageOfAReductionIsReported() {
    Result r = lab("run", "reduce_sum_f32_*", "--sizes", "20000");
    assertEquals(0, r.status(), r.out());
    for (String stage : List.of("row ", "column ", "final ")) {
      assertTrue(r.out().lines().anyMatch(l -> l.startsWith("reduce_sum_f32_" + stage)), r.out());
    }
  }

  @Test
  void runsOverSizesBlocksAndShifts() {
    Result r = lab("run", "random_uniform_f32", "--sizes", "33,1000", "--blocks", "64,256", "--shift", "0,1");
    assertEquals(0, r.status(), r.out());
    assertEquals(8, r.out().lines().filter(l -> l.startsWith("random_uniform_f32 ")).count());
    assertTrue(r.out().endsWith("8 runs, 0 not as expected" + System.lineSeparator()), r.out());
  }

  @Test
  void wrongUseIsExplained() {
    assertEquals(2, lab().status());
    assertTrue(lab().err().startsWith("usage"));
    assertTrue(lab("run", "no_such_kernel").err().contains("no experiment matches no_such_kernel"));
    assertTrue(lab("run", "copy_*", "--sizes", "many").err().contains("numbers separated by commas"));
    assertTrue(lab("run", "copy_*", "--sizes").err().contains("needs a value"));
    assertTrue(lab("run", "copy_*", "--colour", "red").err().contains("no option --colour"));
  }

  @Test
  void withoutAGpuOneClearMessage() {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")) || Files.exists(Path.of("/dev/dxg")), "this machine has a GPU driver");
    Result r = lab("run", "copy_b32*", "--device", "gpu");
    assertEquals(2, r.status());
    assertEquals("", r.out());
    assertEquals(1, r.err().lines().count());
    assertTrue(r.err().contains("--device sim"), r.err());
  }
}
