package dev.athanor.cli;

import dev.athanor.train.Callback;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/** How long a run takes, counted from the start of the Java virtual machine. */
final class Clock implements Callback {
  private long firstStep;

  @Override
  public void onStep(Run run) {
    if (firstStep == 0) {
      firstStep = System.currentTimeMillis();
    }
  }

  /** As {@code Time: 4.12 s, the first step after 0.61 s}. */
  @Override
  public String toString() {
    long start = ManagementFactory.getRuntimeMXBean().getStartTime();
    String total = seconds(System.currentTimeMillis() - start);
    return "Time: " + total + (firstStep == 0 ? "" : ", the first step after " + seconds(firstStep - start));
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.2f s", millis / 1000.0);
  }
}
