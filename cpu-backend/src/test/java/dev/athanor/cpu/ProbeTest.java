package dev.athanor.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.athanor.AthanorException;
import dev.athanor.backend.Availability;
import dev.athanor.backend.Backend;
import dev.athanor.backend.Backends;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the provider says about itself, here and in other Java processes. */
class ProbeTest {
  @TempDir
  Path folder;

  @Test
  void isFoundAndUsable() {
    assertTrue(Backends.candidates().stream().anyMatch(c -> c.provider() instanceof CpuBackendProvider
        && c.availability() instanceof Availability.Usable(String detail) && detail.contains("-bit vectors")),
        () -> Backends.candidates().toString());
    try (Backend backend = Backends.open("cpu")) {
      assertEquals("cpu", backend.name());
    }
  }

  @Test
  void thereIsOneCpu() {
    var e = assertThrows(AthanorException.class, () -> new CpuBackendProvider().open(1));
    assertTrue(e.getMessage().contains("cpu:1"), e.getMessage());
  }

  @Test
  void withoutTheVectorModuleItNamesTheFlags() throws Exception {
    String answer = inOtherJava(List.of());
    assertTrue(answer.startsWith("Unusable"), answer);
    assertTrue(answer.contains("--add-modules jdk.incubator.vector"), answer);
    assertTrue(answer.contains("--enable-native-access=ALL-UNNAMED"), answer);
  }

  @Test
  void withoutTheLibraryItIsPureJava() throws Exception {
    String answer = inOtherJava(List.of("--add-modules", "jdk.incubator.vector", "-Dathanor.cpu.native=false"));
    assertTrue(answer.startsWith("Usable"), answer);
    assertTrue(answer.contains("pure Java (switched off by athanor.cpu.native=false)"), answer);
  }

  @Test
  void withoutTheJarItIsPureJavaAndSaysWhy() throws Exception {
    String answer = inOtherJava(List.of("--add-modules", "jdk.incubator.vector"));
    assertTrue(answer.contains("pure Java (oneDNN cannot be unpacked: the jar org.bytedeco:dnnl"), answer);
  }

  @Test
  void withoutNativeAccessItSaysSo() throws Exception {
    String answer = inOtherJava(List.of("--add-modules", "jdk.incubator.vector", "--illegal-native-access=deny"));
    assertTrue(answer.startsWith("Unusable"), answer);
    assertTrue(answer.contains("--enable-native-access=ALL-UNNAMED"), answer);
  }

  /** Prints what the provider answers. */
  public static final class Ask {
    private Ask() {}

    /** Entry point of the other process. */
    public static void main(String[] args) {
      System.out.println(new CpuBackendProvider().probe());
    }
  }

  /** Runs {@link Ask} on the class path, without oneDNN's jar. */
  private String inOtherJava(List<String> options) throws IOException, InterruptedException, URISyntaxException {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(options);
    List<String> path = new ArrayList<>();
    for (Class<?> c : List.of(ProbeTest.class, CpuBackendProvider.class, Backend.class)) {
      path.add(Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI()).toString());
    }
    // Test classes are patched into the module: their folder lies beside the module's.
    path.add(Path.of(path.get(1)).resolveSibling("test-classes").toString());
    command.addAll(List.of("-cp", String.join(File.pathSeparator, path), "-Dathanor.cache=" + folder, Ask.class.getName()));
    Path output = folder.resolve("output");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), "the other process hangs");
    return Files.readAllLines(output, StandardCharsets.UTF_8).stream().filter(l -> !l.startsWith("WARNING")).reduce("",
        String::concat);
  }
}
