package dev.athanor.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Help.ColorScheme;

/**
 * The entry point of the command {@code athanor}.
 *
 * <p>Exit codes: {@value #DONE} done, {@value #FAILED} failed, {@value #WRONG_USAGE} wrong usage.
 */
public final class Main {
  /** The exit code of success. */
  public static final int DONE = 0;
  /** The exit code of a failure. */
  public static final int FAILED = 1;
  /** The exit code of wrong usage: an unknown option, a value out of range. */
  public static final int WRONG_USAGE = 2;

  private Main() {}

  /** Runs a command and ends the process with its exit code. */
  public static void main(String[] args) {
    Thread restoring = StandardError.restoreInBackground();
    var console = System.console();
    int code = run(System.out, System.err, console != null && console.isTerminal(), restoring, args);
    System.out.flush();
    System.exit(code);
  }

  /**
   * Runs a command in this process.
   *
   * @param out receives what the command prints; not treated as a terminal
   * @param err receives messages about errors
   * @param args the command and its options
   * @return the exit code
   */
  public static int run(PrintStream out, PrintStream err, String... args) {
    return run(out, err, false, null, args);
  }

  private static int run(PrintStream out, PrintStream err, boolean terminal, Thread restoring, String... args) {
    CommandLine line = new CommandLine(new AthanorCommand(new Output(out, terminal)));
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    line.setColorScheme(CommandLine.Help.defaultColorScheme(terminal ? CommandLine.Help.Ansi.AUTO : CommandLine.Help.Ansi.OFF));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setParameterExceptionHandler(Errors::wrongUsage);
    line.setExecutionExceptionHandler(Errors::failed);
    line.setExecutionStrategy(parsed -> {
      StandardError.await(restoring);
      return new CommandLine.RunLast().execute(parsed);
    });
    try {
      return line.execute(args);
    } finally {
      StandardError.await(restoring);
      out.flush();
      err.flush();
    }
  }
}
