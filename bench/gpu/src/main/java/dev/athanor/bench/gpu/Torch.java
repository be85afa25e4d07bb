package dev.athanor.bench.gpu;

import dev.athanor.io.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs {@code torch_steps.py}, whose lines become rows. Without PyTorch, a note. */
final class Torch {
  private Torch() {}

  static void run(Setting setting, Results results) throws Exception {
    if (!Files.exists(setting.script())) {
      throw new IllegalStateException(setting.script() + " is not there");
    }
    Process probe = start(List.of(setting.python(), "-c", "import torch; print(torch.__version__)"));
    String version = new String(probe.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (probe.waitFor() != 0) {
      results.note(setting.python() + " has no PyTorch: left out (" + version.lines().reduce("", (_, b) -> b) + ")");
      return;
    }
    var command = new ArrayList<>(List.of(setting.python(), setting.script().toString(), "--device",
        setting.onGpu() ? setting.device() : "cpu", "--seconds", Double.toString(setting.seconds() - 10)));
    if (setting.quick()) {
      command.add("--quick");
    }
    Process process = start(command);
    try (var lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.startsWith("{")) {
          take(line, results);
        } else {
          System.out.println(line);
        }
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroy();
    }
    results.check("torch_steps.py", process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0, "PyTorch " + version);
  }

  private static Process start(List<String> command) throws java.io.IOException {
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static void take(String line, Results results) {
    var values = new LinkedHashMap<String, Object>();
    ((Map<?, ?>) Json.parse("torch_steps.py", line)).forEach((k, v) -> values.put((String) k, v));
    Object note = values.get("note");
    if (note != null) {
      results.note(note.toString());
    } else {
      results.row(Steps.TABLE, values.entrySet().stream().flatMap(e -> java.util.stream.Stream.of(e.getKey(), e.getValue())).toArray());
    }
  }
}
