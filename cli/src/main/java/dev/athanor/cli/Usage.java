package dev.athanor.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Checks of options that need more than their type; what fails is wrong usage. */
record Usage(CommandSpec spec) {
  /** Fails with a message about an option. */
  ParameterException error(String option, String expected, Object found) {
    return new ParameterException(spec.commandLine(), option + ": expected " + expected + ", found " + found);
  }

  /** Fails with a message. */
  ParameterException error(String message) {
    return new ParameterException(spec.commandLine(), message);
  }

  void atLeast(String option, long value, long least) {
    if (value < least) {
      throw error(option, "a whole number of at least " + least, value);
    }
  }

  void positive(String option, double value) {
    if (!(value > 0 && Double.isFinite(value))) {
      throw error(option, "a number above 0", value);
    }
  }

  /** From {@code least}, included, to {@code most}, excluded. */
  void within(String option, double value, double least, double most) {
    if (!(value >= least && value < most)) {
      throw error(option, "a number of at least " + least + " and below " + most, value);
    }
  }

  void oneOf(String option, String value, List<String> known) {
    if (!known.contains(value)) {
      throw error(option, "one of " + String.join(", ", known), "'" + value + "'");
    }
  }
}
