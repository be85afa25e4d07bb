package dev.athanor.bench.race;

import dev.athanor.bench.track.Lane;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A contestant's process under one policy of waiting, as the driver sees it. */
final class Runner implements AutoCloseable {
  /** How threads of OpenMP wait for work. Where a toolkit has none, both are the same and only the second is run. */
  enum Policy {
    /** The library's own default: they spin for a while. */
    SPINNING,
    /** They sleep at once. */
    PASSIVE
  }

  /** A round's numbers, in nanoseconds a step. */
  record Round(long steps, double p10, double median, double p90, double result) {}

  /** What opening a case said: the results of the first and the last step of the trajectory, or why it cannot be run. */
  record Opened(double first, double last, String unable) {}

  private final String name;
  private final Policy policy;
  private final Process process;
  private final BufferedReader in;
  private final BufferedWriter out;
  private final String title;

  private Runner(String name, Policy policy, Process process) throws IOException {
    this.name = name;
    this.policy = policy;
    this.process = process;
    this.in = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.out = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.title = answer("title");
  }

  /**
   * Starts a contestant.
   *
   * @param command what starts its Java
   * @param log receives what it prints besides answers
   */
  static Runner start(String name, Policy policy, int threads, List<String> command, Path log) throws IOException {
    var builder = new ProcessBuilder(new ArrayList<>(command));
    Map<String, String> environment = builder.environment();
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    environment.remove("OMP_WAIT_POLICY");
    if (policy == Policy.PASSIVE) {
      environment.put("OMP_WAIT_POLICY", "PASSIVE");
    }
    environment.put("TF_CPP_MIN_LOG_LEVEL", "2");
    File file = log.toFile();
    builder.redirectError(ProcessBuilder.Redirect.appendTo(file));
    return new Runner(name, policy, builder.start());
  }

  String name() {
    return name;
  }

  Policy policy() {
    return policy;
  }

  String title() {
    return title;
  }

  Opened open(String benchmark) {
    String text = ask("open " + benchmark, "");
    if (text.startsWith("unable ")) {
      return new Opened(Double.NaN, Double.NaN, text.substring(7));
    }
    String[] words = text.split(" ");
    return new Opened(Double.parseDouble(words[1]), Double.parseDouble(words[2]), null);
  }

  Round run(double seconds) {
    String[] words = ask("run " + seconds, "ran").split(" ");
    return new Round(Long.parseLong(words[0]), Double.parseDouble(words[1]), Double.parseDouble(words[2]),
        Double.parseDouble(words[3]),
        Double.parseDouble(words[4]));
  }

  void closeCase() {
    ask("close", "closed");
  }

  private String ask(String command, String expected) {
    try {
      out.write(command + "\n");
      out.flush();
      return answer(expected);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " ended at '" + command + "'; what it said is in the log", e);
    }
  }

  private String answer(String expected) throws IOException {
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.startsWith(Lane.ANSWER + expected)) {
        return line.substring(Lane.ANSWER.length() + expected.length()).strip();
      }
    }
    throw new IOException("the process ended");
  }

  /** Ends the process. */
  @Override
  public void close() {
    try {
      out.close();
      process.waitFor(5, java.util.concurrent.TimeUnit.SECONDS);
    } catch (IOException e) {
      // It has ended by itself.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      process.destroyForcibly();
    }
  }
}
