package dev.athanor.train;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Shows a run to a person: on a terminal one line that fills up (epoch, step, loss, metrics, examples per second, time left), elsewhere one plain
 * line per epoch.
 */
public final class ProgressBar implements Callback {
  private static final int WIDTH = 24;
  private static final long REFRESH = 100_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private long epochStart;
  private long shownAt;
  private int shownLength;
  private int firstBatch;
  private int firstEpoch = -1;

  /**
   * A display.
   *
   * @param terminal whether {@code out} can go back to the start of its line
   */
  public ProgressBar(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  /** On standard output, as a bar if that is a terminal. */
  public static ProgressBar standard() {
    var console = System.console();
    return new ProgressBar(System.out, console != null && console.isTerminal());
  }

  @Override
  public void onStart(Run run) {
    firstEpoch = run.epoch();
    firstBatch = run.batch();
    epochStart = System.nanoTime();
  }

  @Override
  public void onStep(Run run) {
    if (run.batch() == 1 && run.epoch() != firstEpoch) {
      firstBatch = 0;
    }
    long now = System.nanoTime();
    if (terminal && now - shownAt >= REFRESH) {
      shownAt = now;
      show(line(run, now));
    }
  }

  private String line(Run run, long now) {
    double seconds = (now - epochStart) / 1e9;
    double rate = (run.batch() - firstBatch) / seconds;
    double left = rate == 0 ? 0 : (run.batches() - run.batch()) / rate + (run.epochs() - run.epoch()) * (run.batches() / rate);
    int filled = (int) ((long) WIDTH * run.batch() / run.batches());
    return String.format(Locale.ROOT, "epoch %d/%d [%s%s%s] %d/%d  %s  %s examples/s  %s left", run.epoch(), run.epochs(),
        "=".repeat(filled), filled < WIDTH ? ">" : "", " ".repeat(Math.max(0, WIDTH - filled - 1)), run.batch(), run.batches(),
        words(run.means()), count(rate * run.examples() / run.batches()), time(left));
  }

  @Override
  public void onEpoch(Run run, History.Epoch epoch) {
    double perSecond = run.examples() * (run.batch() - firstBatch) / (double) run.batches() / epoch.seconds();
    String text = String.format(Locale.ROOT, "epoch %d/%d  %s%s  %s examples/s  %.1f s", run.epoch(), run.epochs(), words(epoch.train()),
        epoch.validation().map(v -> "  validation " + words(v)).orElse(""), count(perSecond), epoch.seconds());
    show(text);
    out.println();
    out.flush();
    shownLength = 0;
    firstBatch = 0;
    epochStart = System.nanoTime();
  }

  @Override
  public void onEnd(Run run) {
    if (shownLength > 0) {
      out.println();
      out.flush();
      shownLength = 0;
    }
  }

  private void show(String text) {
    if (terminal) {
      out.print("\r" + text + " ".repeat(Math.max(0, shownLength - text.length())));
      out.flush();
      shownLength = text.length();
    } else {
      out.print(text);
    }
  }

  private static String words(Evaluation e) {
    return e.toString().replace(", ", "  ");
  }

  private static String count(double n) {
    return String.format(Locale.ROOT, "%,.0f", n);
  }

  private static String time(double seconds) {
    long s = Math.round(seconds);
    return s >= 3600 ? String.format("%d:%02d:%02d", s / 3600, s / 60 % 60, s % 60) : String.format("%d:%02d", s / 60, s % 60);
  }
}
