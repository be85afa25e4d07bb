package dev.athanor.train;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Shows a run to a person: on a terminal one line that fills up (epoch, step, loss, metrics, examples per second, time left),
 * elsewhere one plain line per epoch.
 */
public final class ProgressBar implements Callback {
  private static final int LONGEST_BAR = 24;
  private static final int SHORTEST_BAR = 4;
  private static final long REFRESH = 100_000_000L;

  private final PrintStream out;
  private final boolean terminal;
  private final int columns;
  private long epochStart;
  private long steppedAt;
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
    this(out, terminal, terminal ? Terminal.columns() : Integer.MAX_VALUE);
  }

  /**
   * A display of a given width: the line that is rewritten stays within it, with a shorter bar or none.
   *
   * @param columns the terminal's width; a longer line would wrap, and could not be rewritten
   */
  public ProgressBar(PrintStream out, boolean terminal, int columns) {
    this.out = out;
    this.terminal = terminal;
    this.columns = columns;
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
    steppedAt = System.nanoTime();
    if (terminal && steppedAt - shownAt >= REFRESH) {
      shownAt = steppedAt;
      show(line(run));
    }
  }

  private String line(Run run) {
    double seconds = (steppedAt - epochStart) / 1e9;
    double rate = (run.batch() - firstBatch) / seconds;
    double left = (run.batches() - run.batch()) / rate + (run.epochs() - run.epoch()) * (run.batches() / rate);
    String head = String.format(Locale.ROOT, "epoch %d/%d ", run.epoch(), run.epochs());
    String tail = String.format(Locale.ROOT, "%d/%d  %s  %s examples/s  %s left", run.batch(), run.batches(), words(run.means()),
        count(rate * run.examples() / run.batches()), time(left));
    int room = columns - 1 - head.length() - tail.length() - "[] ".length();
    String text = head + (room < SHORTEST_BAR ? "" : bar(run, Math.min(room, LONGEST_BAR))) + tail;
    return text.length() < columns ? text : text.substring(0, columns - 1);
  }

  private static String bar(Run run, int width) {
    int filled = (int) ((long) width * run.batch() / run.batches());
    return "[" + "=".repeat(filled) + (filled < width ? ">" : "") + " ".repeat(Math.max(0, width - filled - 1)) + "] ";
  }

  @Override
  public void onEpoch(Run run, History.Epoch epoch) {
    int batches = run.batch() - firstBatch; // none if a resumed run had only the validation left to do
    String perSecond = batches == 0 ? "" : String.format(Locale.ROOT, "  %s examples/s",
        count(run.examples() * (double) batches / run.batches() / ((steppedAt - epochStart) / 1e9)));
    String text = String.format(Locale.ROOT, "epoch %d/%d  %s%s%s  %.1f s", run.epoch(), run.epochs(), words(epoch.train()),
        epoch.validation().map(v -> "  validation " + words(v)).orElse(""), perSecond, epoch.seconds());
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
