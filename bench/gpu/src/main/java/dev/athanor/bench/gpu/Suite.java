package dev.athanor.bench.gpu;

import java.util.ArrayList;
import java.util.List;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/** Runs the {@linkplain DeviceSuite conformance suites} by JUnit from the class path, one after the other. */
final class Suite {
  /** Failures of a suite that are written down one by one. */
  private static final int SHOWN = 40;
  private static final int LONGEST = 400;

  private Suite() {}

  static void run(Setting setting, Results results) {
    System.setProperty(DeviceSuite.DEVICE, setting.device());
    try {
      if (setting.quick()) {
        run(results, DeviceSuite.Operations.class, List.of(method("memory"), method("linear"), method("dropout")));
      } else {
        DeviceSuite.ALL.forEach(suite -> run(results, suite, List.of(DiscoverySelectors.selectClass(suite))));
      }
    } finally {
      System.clearProperty(DeviceSuite.DEVICE);
    }
  }

  private static DiscoverySelector method(String name) {
    return DiscoverySelectors.selectMethod(DeviceSuite.Operations.class, name);
  }

  private static void run(Results results, Class<?> suite, List<? extends DiscoverySelector> selectors) {
    var counts = new Counts();
    LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request().selectors(selectors).build();
    Launcher launcher = LauncherFactory.create();
    long start = System.nanoTime();
    launcher.execute(request, counts);
    results.row("Conformance", "suite", suite.getSimpleName(), "passed", counts.passed, "failed", counts.failures.size(), "skipped",
        counts.skipped.size(), "seconds", (System.nanoTime() - start) / 1e9);
    counts.failures.stream().limit(SHOWN).forEach(f -> results.row("Failures", "suite", suite.getSimpleName(), "failure", f));
    counts.skipped.stream().distinct().limit(SHOWN).forEach(f -> results.note(suite.getSimpleName() + " skipped: " + f));
    results.check(suite.getSimpleName(), counts.failures.isEmpty() && counts.passed > 0, counts.passed + " passed, "
        + counts.failures.size() + " failed, " + counts.skipped.size() + " skipped");
  }

  /** What became of each test, and of each container that failed or was skipped as a whole. */
  private static final class Counts implements TestExecutionListener {
    private final List<String> failures = new ArrayList<>();
    private final List<String> skipped = new ArrayList<>();
    private int passed;

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
      String why = result.getThrowable().map(Counts::words).orElse("");
      switch (result.getStatus()) {
        case SUCCESSFUL -> passed += test.isTest() ? 1 : 0;
        case FAILED -> failures.add(test.getDisplayName() + ": " + why);
        case ABORTED -> skipped.add(why);
      }
    }

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
      skipped.add(reason);
    }

    private static String words(Throwable t) {
      String text = (t.getMessage() == null ? t.toString() : t.getMessage()).replace('\n', ' ').strip();
      return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }
  }
}
