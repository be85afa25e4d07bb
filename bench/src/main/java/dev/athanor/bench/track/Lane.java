package dev.athanor.bench.track;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A contestant's process: reads commands from standard input, a line each, and answers each with a line that begins with {@value
 * #ANSWER}. Whatever
 * else a toolkit prints is not an answer.
 *
 * <ul>
 *   <li>{@code open CASE}: {@code ready FIRST LAST}, results of the first step and of step {@value #TRAJECTORY}, or {@code
 * unable REASON}
 *   <li>{@code run SECONDS}: {@code ran STEPS P10 MEDIAN P90 RESULT}, nanoseconds a step
 *   <li>{@code close}: {@code closed}
 * </ul>
 *
 * <p>The process ends with its standard input.
 */
public final class Lane {
  /** How an answer begins. */
  public static final String ANSWER = "@lane ";
  /** The steps of the compared trajectory. */
  public static final int TRAJECTORY = 9;

  private final Contestant contestant;
  private final PrintStream out;
  private Case current;
  private Contestant.Steps steps;
  private long done;

  private Lane(Contestant contestant, PrintStream out) {
    this.contestant = contestant;
    this.out = out;
  }

  /** Runs a contestant until standard input ends. */
  public static void serve(Contestant contestant) throws Exception {
    PrintStream out = System.out;
    System.setOut(System.err);
    var lane = new Lane(contestant, out);
    lane.answer("title " + contestant.title());
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ");
      lane.answer(switch (words[0]) {
        case "open" -> lane.open(Case.of(words[1]));
        case "run" -> lane.run(Double.parseDouble(words[1]));
        case "close" -> lane.close();
        default -> throw new IllegalArgumentException("no such command: " + line);
      });
    }
    System.exit(0);
  }

  private void answer(String text) {
    out.println(ANSWER + text);
    out.flush();
  }

  private String open(Case c) {
    try {
      steps = contestant.open(c);
      current = c;
      done = 0;
      double first = steps.step(done++, true);
      double last = first;
      while (done < TRAJECTORY) {
        last = steps.step(done++, true);
      }
      while (done < c.warm()) {
        steps.step(done++, false);
      }
      return String.format(Locale.ROOT, "ready %.9g %.9g", first, last);
    } catch (Exception | LinkageError e) {
      if (!(e instanceof Contestant.Unable)) {
        e.printStackTrace();
      }
      steps = null;
      return "unable " + (e instanceof Contestant.Unable ? "" : e.getClass().getSimpleName() + ": ") + e.getMessage();
    }
  }

  /** Steps that are short are timed in bundles, so that the clock costs nothing. */
  private String run(double seconds) throws Exception {
    if (steps == null) {
      throw new IllegalStateException("run without a case that was opened");
    }
    long[] times = new long[1 << 16];
    int count = 0;
    long bundle = 1;
    long begin = System.nanoTime();
    long total = 0;
    while (count < times.length && (count < 2 || System.nanoTime() - begin < seconds * 1e9)) {
      long start = System.nanoTime();
      for (long i = 0; i < bundle; i++) {
        steps.step(done++, false);
      }
      long time = System.nanoTime() - start;
      total += bundle;
      if (time < 50_000 && bundle < 1024) {
        bundle *= 2;
        count = 0;
      } else {
        times[count++] = time / bundle;
      }
    }
    Arrays.sort(times, 0, count);
    double result = steps.step(done++, true);
    return String.format(Locale.ROOT, "ran %d %d %d %d %.6g", total, times[count / 10], times[count / 2], times[count * 9 / 10],
        result);
  }

  private String close() throws Exception {
    if (steps != null) {
      steps.close();
    }
    steps = null;
    System.gc();
    return "closed " + current.name();
  }
}
