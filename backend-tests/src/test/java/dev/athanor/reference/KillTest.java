package dev.athanor.reference;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.io.SafeTensors;
import dev.athanor.io.SafeTensorsFile;
import dev.athanor.io.StoredTensor;
import dev.athanor.train.Checkpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A training process that is killed again and again (SIGKILL), in the middle of steps, epochs and writes, comes to the bits of
 * one that is not.
 */
class KillTest {
  private static final int ROUNDS = 4;

  @TempDir Path folder;

  private Process start(Path checkpoint, long pause) throws IOException {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", classPath, KilledRun.class.getName(),
        checkpoint.toString(), Long.toString(pause)).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  @Test
  @Timeout(300)
  void killedRunComesToTheSameBits() throws Exception {
    Path whole = folder.resolve("whole");
    assertEquals("done", run(start(whole, 0), -1, 0));

    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Path killed = folder.resolve("killed");
    int kills = 0;
    for (int round = 0; round < ROUNDS; round++) {
      // Some steps on, then some microseconds or milliseconds: in a step, a write, or the pause.
      String last = run(start(killed, random.nextInt(3)), 1 + random.nextInt(8), random.nextInt(8_000_000));
      kills += last.equals("done") ? 0 : 1;
    }
    assertTrue(kills >= 2, "only " + kills + " runs were killed before their end");
    assertEquals("done", run(start(killed, 0), -1, 0));
    compare(whole, killed, "seed of the kills: " + seed);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path left : files.filter(f -> !f.equals(whole) && !f.equals(killed)).toList()) {
        assertTrue(left.getFileName().toString().matches("\\.killed\\.\\d+-\\d+\\.tmp"),
            "only a cut-off temporary file may be left: " + left);
      }
    }
  }

  /**
   * Reads what a process prints, and kills it a while after its n-th step.
   *
   * @param steps how many steps, or -1 to let it end
   * @return the last line
   */
  private static String run(Process process, int steps, long nanoseconds) throws Exception {
    String last = "";
    int seen = 0;
    try (BufferedReader out = process.inputReader()) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        last = line;
        if (line.startsWith("step ") && ++seen == steps) {
          TimeUnit.NANOSECONDS.sleep(nanoseconds);
          process.toHandle().destroyForcibly(); // SIGKILL; Process.destroyForcibly would also close the stream we read
        }
      }
    }
    process.waitFor();
    return last;
  }

  private static void compare(Path a, Path b, String hint) {
    try (SafeTensorsFile first = SafeTensors.open(a); SafeTensorsFile second = SafeTensors.open(b)) {
      assertEquals(first.tensors().stream().map(StoredTensor::name).toList(), second.tensors().stream().map(StoredTensor::name)
          .toList());
      for (StoredTensor t : first.tensors()) {
        assertArrayEquals(bytes(first, t), bytes(second, t), t.name() + "; " + hint);
      }
      assertEquals(counters(first), counters(second), hint);
    }
  }

  private static byte[] bytes(SafeTensorsFile file, StoredTensor t) {
    byte[] bytes = new byte[Math.toIntExact(t.bytes())];
    file.read(t.name(), MemorySegment.ofArray(bytes));
    return bytes;
  }

  /** All but how long epochs took. */
  private static String counters(SafeTensorsFile file) {
    return file.metadata().get(Checkpoint.KEY).replaceAll("\"seconds\":[^},]*", "");
  }
}
