package dev.athanor.cli;

import dev.athanor.AthanorException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** Names the benchmarks among the commands. A clone's launcher runs them before this program starts: they are no part of a distribution. */
@Command(name = "bench", description = {"Measures training steps on this machine: from a clone, by ./athanor bench."},
    footer = {"%nExample:", "  ./athanor bench --cases=mlp"})
final class BenchCommand implements Callable<Integer> {
  @Unmatched private List<String> options;

  @Override
  public Integer call() {
    throw new AthanorException("the benchmarks are not part of this distribution; in a clone of the project, run ./athanor bench");
  }
}
