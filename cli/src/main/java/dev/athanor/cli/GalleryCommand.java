package dev.athanor.cli;

import dev.athanor.data.LoadOptions;
import dev.athanor.examples.gallery.Exhibit;
import dev.athanor.examples.gallery.Gallery;
import dev.athanor.examples.gallery.Studio;
import dev.athanor.tensor.Device;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws the gallery. */
@Command(name = "gallery", sortOptions = false,
    description = "Computes and draws pictures of what networks do, with a page that shows them: activations, loss surfaces, "
        + "paths of optimizers, schedules, gradients by depth, decision boundaries, and more.",
    footer = {"%nExamples:", "  athanor gallery", "  athanor gallery schedules optimizer-paths --out pictures"})
final class GalleryCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "EXHIBIT", arity = "0..*", description = "Which to draw; all, if none is named. --list prints them.")
  private List<String> names = List.of();

  @Option(names = "--out", paramLabel = "FOLDER", defaultValue = "gallery", order = 1,
      description = "Where to write the pictures, a CSV file for each, and index.html. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Option(names = "--quick", order = 2,
      description = "Small sizes and little training: all pictures in seconds, to see that they can be drawn.")
  private boolean quick;

  @Option(names = "--list", order = 3, description = "Print the exhibits' names and end.")
  private boolean list;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "1", order = 4,
      description = "Of everything that is drawn at random. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(names = "--data-dir", paramLabel = "FOLDER", order = 5, description = "The folder of Fashion-MNIST's four files.")
  private Path dataDir;

  @Mixin private DeviceOption device;

  @Override
  public Integer call() {
    var usage = new Usage(spec);
    device.check(usage);
    PrintStream to = Output.of(spec).stream();
    List<String> known = Gallery.exhibits().stream().map(Exhibit::name).toList();
    names.forEach(name -> usage.oneOf("EXHIBIT", name, known));
    if (list) {
      Gallery.exhibits().forEach(e -> to.printf("%-20s %s%n", e.name(), e.title()));
      return Main.DONE;
    }
    LoadOptions data = dataDir == null ? LoadOptions.none() : LoadOptions.none().withDataDir(dataDir);
    long began = System.nanoTime();
    try (Device opened = device.open(to)) {
      Gallery.hang(out, Gallery.named(names), new Studio(opened, quick, seed, data), to::println);
    }
    to.printf(Locale.ROOT, "Time: %.1f s%nPage: %s%n", (System.nanoTime() - began) / 1e9, out.resolve("index.html"));
    return Main.DONE;
  }
}
