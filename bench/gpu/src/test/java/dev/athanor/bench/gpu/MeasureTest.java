package dev.athanor.bench.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each section at tiny size on the simulator, so that the measuring program is known to work before a GPU is there. */
class MeasureTest {
  @TempDir
  private Path out;

  private Setting setting(String device) {
    return new Setting(device, true, out, null, "a-python-that-is-not-there", Path.of("torch_steps.py").toAbsolutePath(), 60);
  }

  private List<Map<String, Object>> lines(String kind) throws Exception {
    return Results.read(out.resolve("results.jsonl")).stream().filter(l -> l.get("kind").equals(kind)).toList();
  }

  @ParameterizedTest
  @EnumSource(value = Section.class, names = "PYTORCH", mode = EnumSource.Mode.EXCLUDE)
  void passesOnTheSimulator(Section section) throws Exception {
    var printed = new ByteArrayOutputStream();
    assertTrue(Measure.section(section, setting("cuda-sim"), new PrintStream(printed, true, StandardCharsets.UTF_8)),
        () -> printed.toString(StandardCharsets.UTF_8));
    assertTrue(lines("check").stream().allMatch(c -> c.get("passed").equals(true)));
    assertFalse(lines("check").isEmpty() && lines("row").isEmpty());
    Results.append(out.resolve("results.jsonl"), Map.of("kind", "section", "section", section.label(), "status", "passed", "seconds",
        1.0));
    String page = Page.of(setting("cuda-sim"), withMachine());
    assertTrue(page.contains("No GPU took part") && page.contains("## Failures\n\nNone."), page);
    if (section == Section.CURVES) {
      assertEquals("step,cpu,device,difference", Files.readAllLines(out.resolve("curve-digits.csv")).getFirst());
    }
  }

  private List<Map<String, Object>> withMachine() throws Exception {
    var all = new java.util.ArrayList<Map<String, Object>>();
    all.add(Map.of("kind", "machine", "date", "2026-01-01 00:00", "card", "none"));
    all.addAll(Results.read(out.resolve("results.jsonl")));
    return all;
  }

  /** What cannot be done is a failure that is written down, not an end of everything. */
  @Test
  void aFailureIsWrittenDown() throws Exception {
    var printed = new PrintStream(new ByteArrayOutputStream());
    assertFalse(Measure.section(Section.STEPS, setting("cuda-sim:7"), printed));
    assertFalse(Measure.section(Section.PYTORCH, setting("cuda-sim"), printed));
    assertEquals(2, lines("check").size());
    assertTrue(lines("check").getFirst().get("text").toString().contains("cuda-sim:7 does not exist"));
    assertTrue(Page.of(setting("cuda-sim"), withMachine()).contains("- **steps** (steps): AthanorException"));
  }
}
