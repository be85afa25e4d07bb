package dev.athanor.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code athanor}, with its subcommands. */
@Command(
    name = "athanor",
    description = {"Trains neural networks, on the CPU or a GPU."},
    footer = {"%nTo begin:  athanor train               a network learns handwritten digits",
      "           athanor train --help        what can be chosen"},
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {TrainCommand.class, EvaluateCommand.class, PredictCommand.class, InfoCommand.class, DoctorCommand.class,
      GalleryCommand.class, BenchCommand.class},
    versionProvider = AthanorCommand.Version.class,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    usageHelpAutoWidth = true,
    optionListHeading = "%nOptions:%n",
    parameterListHeading = "%n",
    commandListHeading = "%nCommands:%n")
final class AthanorCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT, order = 1001, description = "Print this help.")
  private boolean help;

  @Option(names = "--version", versionHelp = true, scope = ScopeType.INHERIT, order = 1002, description = "Print the version.")
  private boolean version;

  @Option(names = "--stacktrace", scope = ScopeType.INHERIT, order = 1000,
      description = "With an error, print where in the program it arose.")
  boolean stacktrace;

  /** Where commands print. */
  final Output output;

  AthanorCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command was given; the commands are "
        + String.join(", ", spec.subcommands().keySet()) + ". To begin: athanor train");
  }

  /** The version that the build wrote into a resource, and the Java version. */
  static final class Version implements IVersionProvider {
    static String athanor() {
      var properties = new Properties();
      try (var in = Version.class.getResourceAsStream("version.properties")) {
        properties.load(in);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return properties.getProperty("version");
    }

    @Override
    public String[] getVersion() {
      return new String[] {"athanor " + athanor() + " (Java " + Runtime.version() + ")"};
    }
  }
}
