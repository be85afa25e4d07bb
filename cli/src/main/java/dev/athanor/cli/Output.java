package dev.athanor.cli;

import java.io.PrintStream;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where a command prints.
 *
 * @param stream standard output
 * @param terminal whether a person sees it on a terminal, where a line can be written over
 */
record Output(PrintStream stream, boolean terminal) {
  /** The output of the process that a command belongs to. */
  static Output of(CommandSpec spec) {
    return ((AthanorCommand) spec.root().userObject()).output;
  }
}
