package dev.athanor.cli;

import dev.athanor.AthanorException;
import java.io.PrintWriter;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a user sees when something fails: one clear message; a stack trace only for our own bugs, or when asked for. */
final class Errors {
  private static final Pattern TRAILING_DOTS = Pattern.compile("[.\\s]+$");

  private Errors() {}

  /** A command line that cannot be understood. */
  static int wrongUsage(ParameterException e, String[] args) {
    CommandLine line = e.getCommandLine();
    PrintWriter err = line.getErr();
    err.println("athanor: " + TRAILING_DOTS.matcher(e.getMessage()).replaceFirst(""));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + line.getCommandSpec().qualifiedName() + " --help'.");
    return Main.WRONG_USAGE;
  }

  /** An error while a command ran. */
  static int failed(Exception e, CommandLine line, ParseResult parsed) {
    PrintWriter err = line.getErr();
    boolean trace = line.getCommandSpec().root().userObject() instanceof AthanorCommand root && root.stacktrace;
    if (e instanceof AthanorException) {
      err.println("athanor: " + e.getMessage());
      if (trace) {
        e.printStackTrace(err);
      }
      return Main.FAILED;
    }
    err.println("athanor: this is a bug in Athanor, please report it with the lines below:");
    e.printStackTrace(err);
    return Main.FAILED;
  }
}
