package dev.athanor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a user sees when a device fails under a command. */
class DeviceFailureTest {
  @TempDir private Path folder;

  @AfterEach
  void reset() {
    System.clearProperty("athanor.cuda.sim.memory");
    System.clearProperty("athanor.cuda.blocking");
  }

  @Test
  void aFullDeviceIsOneMessageAndLeavesNoHalfWrittenFile() throws IOException {
    System.setProperty("athanor.cuda.sim.memory", "200K");
    Path out = folder.resolve("run");
    Cli c = Cli.run("train", "--data", "iris", "--batch", 64, "--epochs", 1, "--device", "cuda-sim", "--cuda-blocking",
        "--out", out);
    assertEquals(Main.FAILED, c.code());
    List<String> lines = c.err().lines().toList();
    assertEquals(1, lines.size(), c.err());
    assertTrue(lines.getFirst().startsWith("athanor: out of memory on cuda-sim: the result of "), c.err());
    assertTrue(lines.getFirst().contains("smaller batches"), c.err());
    assertFalse(c.out().contains("Exception"), c.out());
    assertEquals("true", System.getProperty("athanor.cuda.blocking"));
    if (Files.exists(out)) {
      try (var files = Files.list(out)) {
        assertEquals(List.of(), files.map(f -> f.getFileName().toString()).toList());
      }
    }
  }
}
