package dev.athanor.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a command did.
 *
 * @param code its exit code
 * @param out what it printed
 * @param err what it printed on standard error
 */
record Cli(int code, String out, String err) {
  /** Runs a command in this process. */
  static Cli run(Object... args) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    int code = Main.run(new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
        strings(args));
    return new Cli(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Starts a command in a process of its own, which prints to a file. */
  static Process start(Path output, Object... args) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-cp", classPath(),
        Main.class.getName()));
    command.addAll(List.of(strings(args)));
    return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
  }

  /** Waits for a process and returns its exit code. */
  static int await(Process process) throws InterruptedException {
    boolean ended = process.waitFor(5, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertTrue(ended, "the process did not end");
    return process.exitValue();
  }

  private static String classPath() {
    var entries = new ArrayList<String>();
    for (String property : List.of("jdk.module.path", "java.class.path")) {
      entries.addAll(List.of(System.getProperty(property, "").split(File.pathSeparator)));
    }
    entries.removeIf(String::isEmpty);
    return String.join(File.pathSeparator, entries);
  }

  private static String[] strings(Object... args) {
    var strings = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      strings[i] = args[i].toString();
    }
    return strings;
  }

  /** It worked, and said nothing on standard error. */
  Cli done() {
    assertEquals("", err);
    assertEquals(Main.DONE, code);
    return this;
  }

  /** It failed with one message that holds all these texts, and no stack trace. */
  Cli failed(String... texts) {
    return ended(Main.FAILED, texts);
  }

  /** It was used wrongly, and said so in these words. */
  Cli wrong(String... texts) {
    ended(Main.WRONG_USAGE, texts);
    assertTrue(err.contains("--help'"), err);
    return this;
  }

  private Cli ended(int expected, String... texts) {
    assertEquals(expected, code, err);
    for (String text : texts) {
      assertTrue(err.contains(text), () -> "expected '" + text + "' in: " + err);
    }
    assertTrue(err.startsWith("athanor: "), err);
    assertFalse(err.contains("\tat "), err);
    assertFalse(err.contains("Exception"), err);
    return this;
  }

  /** It printed all these texts. */
  Cli printed(String... texts) {
    for (String text : texts) {
      assertTrue(out.contains(text), () -> "expected '" + text + "' in: " + out);
    }
    return this;
  }
}
