package dev.athanor.cli;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/**
 * Gives the process its real standard error back. The JVM prints a warning about the Vector API's incubator module before any
 * of our code runs; to hide it, the launcher sends the JVM's standard error through a filter, and the real one along as another
 * descriptor, named by the environment variable {@value #VARIABLE}. Here the real one is put in place again, so that terminals
 * are seen as terminals and nothing that is printed can outlive the process in the filter.
 */
final class StandardError {
  static final String VARIABLE = "ATHANOR_STDERR_FD";
  private static final int STDERR = 2;

  private StandardError() {}

  /** Starts to restore it, beside the rest of the start: the first foreign call costs some tens of milliseconds. */
  static Thread restoreInBackground() {
    String number = System.getenv(VARIABLE);
    if (number == null || !number.matches("[3-9]")) {
      return null;
    }
    return Thread.ofPlatform().daemon().name("athanor-stderr").start(() -> restore(Integer.parseInt(number)));
  }

  /** Waits until it is restored; null waits for nothing. */
  static void await(Thread restoring) {
    if (restoring != null) {
      try {
        restoring.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void restore(int real) {
    try {
      Linker linker = Linker.nativeLinker();
      var dup2 = linker.downcallHandle(linker.defaultLookup().findOrThrow("dup2"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
      var close = linker.downcallHandle(linker.defaultLookup().findOrThrow("close"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
      if ((int) dup2.invokeExact(real, STDERR) == STDERR) {
        int _ = (int) close.invokeExact(real);
      }
    } catch (Throwable _) {
      // Then messages keep going through the launcher's filter, which passes all but one line.
    }
  }
}
