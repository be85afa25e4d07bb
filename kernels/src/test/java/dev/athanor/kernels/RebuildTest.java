package dev.athanor.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The committed PTX is what its sources give. The digest recorded in each PTX shows on every machine that the sources have
 * not changed since; where the same nvcc release is present, the PTX is built again and compared line by line.
 */
class RebuildTest {
  private static final Pattern RELEASE = Pattern.compile("release ([^,\\n]+), (V[0-9.]+)");

  private static final Pattern REGISTER = Pattern.compile("%[a-z]+[0-9]+");
  private static final Pattern INCLUDE = Pattern.compile("^#include \"(.*)\"$", Pattern.MULTILINE);

  static List<String> families() {
    return List.copyOf(Kernels.families());
  }

  @ParameterizedTest
  @MethodSource("families")
  void theRecordedDigestIsThatOfTheSources(String family) throws Exception {
    var bytes = new ByteArrayOutputStream();
    bytes.write(Files.readAllBytes(Ptx.sources().resolve(family + ".cu")));
    for (String header : headers(family + ".cu", new TreeSet<>())) {
      bytes.write(Files.readAllBytes(Ptx.sources().resolve(header)));
    }
    String digest = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray()));
    assertTrue(Kernels.ptx(family).contains("// Sources: " + digest + "\n"),
        family + ".ptx was built from other sources: run kernels/build-ptx.sh");
  }

  @Test
  void rebuildingGivesTheCommittedText() throws Exception {
    String release = nvccRelease();
    assumeTrue(release != null, "nvcc is not on the PATH; the recorded digests were compared instead");
    List<String> families = new ArrayList<>();
    for (String family : families()) {
      if (release.equals(release(Kernels.ptx(family)))) {
        families.add(family);
      }
    }
    assumeTrue(!families.isEmpty(), "nvcc here is " + release + ", the committed PTX comes from another release");
    Path out = Path.of("target/ptx").toAbsolutePath();
    List<String> command = new ArrayList<>(List.of(Path.of("build-ptx.sh").toAbsolutePath().toString(), out.toString()));
    command.addAll(families);
    Path log = Path.of("target/build-ptx.log");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    assertTrue(process.waitFor(20, TimeUnit.MINUTES), "build-ptx.sh did not end");
    assertEquals(0, process.exitValue(), () -> "build-ptx.sh failed:\n" + read(log));
    for (String family : families) {
      String difference = difference(Files.readString(Ptx.committed().resolve(family + ".ptx")),
          Files.readString(out.resolve(family + ".ptx")));
      assertNull(difference, () -> family + ".ptx differs from what its sources give: run kernels/build-ptx.sh: " + difference);
    }
  }

  /**
   * The first line in which two texts differ by more than the numbers of registers, or null: where address randomization cannot
   * be switched off, nvcc numbers them differently now and then.
   */
  private static String difference(String committed, String built) {
    var one = committed.lines().iterator();
    var other = built.lines().iterator();
    Map<String, String> names = new HashMap<>();
    for (int line = 1; one.hasNext() || other.hasNext(); line++) {
      String a = one.hasNext() ? one.next() : "(the end)";
      String b = other.hasNext() ? other.next() : "(the end)";
      if (a.startsWith(".visible .entry")) {
        names.clear();
      }
      Matcher m = REGISTER.matcher(a);
      Matcher n = REGISTER.matcher(b);
      boolean same = REGISTER.split(a).length == REGISTER.split(b).length && m.replaceAll("%").equals(n.replaceAll("%"));
      m.reset();
      n.reset();
      while (same && m.find() && n.find()) {
        String known = names.putIfAbsent(m.group(), n.group());
        same = known == null || known.equals(n.group());
      }
      if (!same) {
        return "line " + line + ": " + a + " instead of " + b;
      }
    }
    return null;
  }

  /** The headers that a source includes, directly or not. */
  private static TreeSet<String> headers(String source, TreeSet<String> found) throws IOException {
    Matcher m = INCLUDE.matcher(Files.readString(Ptx.sources().resolve(source)));
    while (m.find()) {
      if (found.add(m.group(1))) {
        headers(m.group(1), found);
      }
    }
    return found;
  }

  private static String nvccRelease() throws InterruptedException {
    try {
      Process process = new ProcessBuilder("nvcc", "--version").redirectErrorStream(true).start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      return release(text);
    } catch (IOException e) {
      return null;
    }
  }

  private static String release(String text) {
    Matcher m = RELEASE.matcher(text);
    return m.find() ? m.group(1) + ", " + m.group(2) : null;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
